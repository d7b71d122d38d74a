/** What goes wrong in a chaos run: each fault begins, lasts, and ends by itself. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from './random.ts';
import { untilListening, type Stage } from './stage.ts';

export interface ChaosFault {
  name: string;
  inflict: (stage: Stage, random: Random) => Promise<void>;
}

const outage =
  (which: 'pipedrive' | 'tc2', status: number, html: boolean) =>
  async (stage: Stage, random: Random): Promise<void> => {
    const id = stage[which].faults.add({ kind: html ? 'html' : 'status', status, times: Infinity });
    await pause(random.between(500, 4000));
    stage[which].faults.remove(id);
  };

const some =
  (kind: 'dropBefore' | 'dropAfter' | 'emptyBody' | 'garbage' | 'slowBody', method?: string) =>
  (stage: Stage, random: Random): Promise<void> => {
    stage.pipedrive.faults.add({
      kind,
      times: random.between(1, 4),
      ...(method === undefined ? {} : { method }),
    });
    return Promise.resolve();
  };

const restart =
  (which: readonly ('api' | 'worker')[]) =>
  async (stage: Stage, random: Random): Promise<void> => {
    await Promise.all(which.map((name) => stage[name].kill()));
    await pause(random.between(0, 1500));
    for (const name of which) stage[name].start();
    if (which.includes('api')) await untilListening(stage.apiUrl);
  };

export const chaosFaults: readonly ChaosFault[] = [
  { name: 'API killed', inflict: restart(['api']) },
  { name: 'worker killed', inflict: restart(['worker']) },
  { name: 'API and worker killed', inflict: restart(['api', 'worker']) },
  {
    name: 'Temporal killed',
    inflict: async (stage, random) => {
      await stage.temporal.kill();
      await pause(random.between(500, 4000));
      await stage.temporal.start();
    },
  },
  {
    name: 'database connections killed',
    inflict: async ({ db }) => {
      await db.raw(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'hermes%' and datname = current_database()`,
      );
    },
  },
  { name: 'Pipedrive answers 503', inflict: outage('pipedrive', 503, false) },
  { name: 'Pipedrive answers 403 in HTML', inflict: outage('pipedrive', 403, true) },
  { name: 'Pipedrive refuses the key', inflict: outage('pipedrive', 401, false) },
  { name: 'TC2 answers 502 in HTML', inflict: outage('tc2', 502, true) },
  {
    name: 'Pipedrive throttles',
    inflict: (stage, random) => {
      stage.pipedrive.faults.add({
        kind: 'status',
        status: 429,
        times: random.between(1, 8),
        ...(random.next() < 0.5 ? { headers: { 'retry-after': '1' } } : {}),
      });
      return Promise.resolve();
    },
  },
  { name: 'Pipedrive connections cut before the commit', inflict: some('dropBefore') },
  { name: 'Pipedrive creates committed, then cut', inflict: some('dropAfter', 'POST') },
  { name: 'Pipedrive changes committed, then cut', inflict: some('dropAfter', 'PATCH') },
  { name: 'Pipedrive answers an empty body', inflict: some('emptyBody') },
  { name: 'Pipedrive answers garbage', inflict: some('garbage') },
];
