/** `npm run chaos`: faults at random under load, then a judge. Bounded, and repeatable by its seed. */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { chaosFaults } from './faults.ts';
import { judge } from './judge.ts';
import { happen } from './load.ts';
import { seededRandom } from './random.ts';
import { setStage, untilListening, type Stage } from './stage.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    seconds: { type: 'string', default: '60' },
    'per-second': { type: 'string', default: '4' },
    keep: { type: 'boolean', default: false },
  },
});

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const isQuiet = async ({ db }: Stage): Promise<boolean> => {
  const waiting = await db('webhook').whereNull('outcome').whereNotNull('type').first('id');
  const behind = await db('company')
    .whereRaw(
      `(pipedrive_synced_version < wanted_version and pipedrive_failed_version is distinct from wanted_version)
       or (tc2_synced_version < wanted_version and tc2_failed_version is distinct from wanted_version)`,
    )
    .first('id');
  return waiting === undefined && behind === undefined;
};

/** Longest time that the aftermath may take: the slow retries of runs that met an outage. */
const quietWithinMs = 5 * 60_000;

const untilQuiet = async (stage: Stage): Promise<boolean> => {
  const deadline = performance.now() + quietWithinMs;
  while (performance.now() < deadline) {
    if (await isQuiet(stage)) return true;
    await pause(500);
  }
  return false;
};

const random = seededRandom(Number(values.seed));
say(`chaos with seed ${values.seed}: ${values.seconds} s of load and faults`);
const stage = await setStage(say);
const end = performance.now() + Number(values.seconds) * 1000;
const created = { count: 0 };
const inflicted = new Map<string, number>();
let events = 0;

const load = (async () => {
  while (performance.now() < end) {
    await happen(stage.tc2, random, created);
    events += 1;
    await pause((1000 / Number(values['per-second'])) * (0.5 + random.next()));
  }
})();

const faults = (async () => {
  await pause(2000);
  while (performance.now() < end) {
    const fault = random.pick(chaosFaults);
    inflicted.set(fault.name, (inflicted.get(fault.name) ?? 0) + 1);
    say(`  ${fault.name}`);
    await fault.inflict(stage, random);
    await pause(random.between(200, 2500));
  }
})();
await Promise.all([load, faults]);

say('faults are over; waiting for quiet');
stage.pipedrive.faults.clear();
stage.tc2.faults.clear();
stage.api.start();
stage.worker.start();
await untilListening(stage.apiUrl);
await stage.tc2.settled();
// What no retry of the sender reached in time arrives with its next round, as every three hours.
stage.tc2.resendAll();
await stage.tc2.settled();
const quiet = await untilQuiet(stage);
const verdict = await judge(stage);
if (!quiet) verdict.faults.unshift('Hermes did not become quiet in time');

say(`
what happened in TutorCruncher  ${events}
faults                          ${[...inflicted].map(([name, times]) => `${name} ${times}x`).join(', ')}
webhooks acknowledged           ${verdict.webhooksAcknowledged}
outcomes                        ${JSON.stringify(verdict.outcomes)}
companies                       ${verdict.companies}
organizations, persons, deals   ${verdict.organizations}, ${verdict.persons}, ${verdict.deals}
calls to Pipedrive              ${verdict.calls}
lost, doubled, different        ${verdict.faults.length}`);
for (const fault of verdict.faults) say(`  - ${fault}`);
if (values.keep) say(`logs and data: ${stage.folder}`);
else await stage.close();
process.exit(verdict.faults.length === 0 ? 0 : 1);
