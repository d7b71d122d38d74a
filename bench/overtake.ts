/**
 * `bench overtake`: how long a visitor waits for the answer to a booking, and Pipedrive for its activity, while 5,000 new clients wait
 * to be worked off, beside the same without them. Pipedrive allows 20 calls per two seconds, so the backlog uses all of them.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { setStage, type Stage } from '../chaos/stage/stage.ts';
import { median, milliseconds, rate, ratio, table, verdicts } from './statistics.ts';
import { newClientWebhook, tc2Key } from './webhooks.ts';

export interface OvertakeOptions {
  say: (line: string) => void;
}

const webhooks = 5000;
const bookings = 9;
const callsPerBurst = 20;
const senders = 16;
const seller = 1;

interface Measured {
  answer: number;
  activity: number;
}

const longestMs = 120_000;

/** Books a call of a new visitor on a day of its own. @returns milliseconds */
const book = async ({ apiUrl, peers }: Stage, number: number): Promise<Measured> => {
  const day = new Date(Date.now() + (7 + number) * 86_400_000);
  day.setUTCHours(12, 0, 0, 0);
  const before = peers.pipedrive.activities.size;
  const startedAt = performance.now();
  const response = await fetch(`${apiUrl}/callbooker/sales/book/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      admin_id: seller,
      name: `Visitor Number${number}`,
      email: `visitor-${number}@bench.example`,
      company_name: `Visited ${number}`,
      country: 'GB',
      estimated_income: 1000,
      currency: 'GBP',
      price_plan: 'payg',
      meeting_dt: day.toISOString(),
    }),
  });
  const text = await response.text();
  const answer = performance.now() - startedAt;
  if (response.status !== 200) throw new Error(`the booking was answered ${response.status}: ${text}`);
  while (peers.pipedrive.activities.size === before) {
    if (performance.now() - startedAt > longestMs) throw new Error('the activity did not come');
    await pause(5);
  }
  return { answer, activity: performance.now() - startedAt };
};

const measure = async (stage: Stage, from: number): Promise<Measured> => {
  const all: Measured[] = [];
  for (let index = 0; index < bookings; index += 1) {
    all.push(await book(stage, from + index));
    // The next visitor does not come while the window is still full of this one's calls.
    await pause(2_000);
  }
  return {
    answer: median(all.map(({ answer }) => answer)),
    activity: median(all.map(({ activity }) => activity)),
  };
};

const fill = async ({ apiUrl }: Stage): Promise<void> => {
  let next = 0;
  const sender = async (): Promise<void> => {
    while (next < webhooks) {
      next += 1;
      const { body, headers } = newClientWebhook(next);
      const response = await fetch(`${apiUrl}/tc2/callback/`, { method: 'POST', body, headers });
      await response.arrayBuffer();
      if (response.status !== 200) throw new Error(`the door answered ${response.status}`);
    }
  };
  await Promise.all(Array.from({ length: senders }, sender));
};

/** Runs the benchmark and gives its report. */
export const benchOvertake = async ({ say }: OvertakeOptions): Promise<string> => {
  const stage = await setStage({
    say,
    workers: 1,
    settings: {
      PD_API_MAX_RATE: String(callsPerBurst),
      PD_SEARCH_MAX_RATE: '10',
      TC2_API_KEY: tc2Key,
      TC2_WRITE_BACK: 'false',
    },
  });
  try {
    say('bookings without a backlog');
    await measure(stage, 0);
    const alone = await measure(stage, bookings);
    say(`${webhooks} new clients`);
    await fill(stage);
    const waitingNow = async (): Promise<number> => {
      const [row] = (await stage.db('company').where({ pd_org_id: null }).count('* as count')) as [
        { count: string },
      ];
      const [open] = (await stage.db('webhook').whereNull('outcome').count('* as count')) as [
        { count: string },
      ];
      return Number(row.count) + Number(open.count);
    };
    const callsNow = async (): Promise<number> => {
      const [row] = (await stage.db('api_call').where({ system: 'pipedrive' }).count('* as count')) as [
        { count: string },
      ];
      return Number(row.count);
    };
    const before = await waitingNow();
    const [callsBefore, startedAt] = [await callsNow(), performance.now()];
    const within = await measure(stage, 2 * bookings);
    const callsPerSecond = ((await callsNow()) - callsBefore) / ((performance.now() - startedAt) / 1000);
    const after = await waitingNow();
    const row = (label: string, kind: keyof Measured): string[] => [
      label,
      milliseconds(within[kind]),
      milliseconds(alone[kind]),
      ratio(within[kind] / alone[kind]),
    ];
    return [
      table(
        ['a booking, median ms', 'with backlog', 'without', 'ratio'],
        [row('answer to the visitor', 'answer'), row('activity in Pipedrive', 'activity')],
      ),
      `${before} clients waited when the bookings began, ${after} when they ended. Meanwhile ${rate(callsPerSecond)} calls went per second, of ${callsPerBurst / 2}.`,
      verdicts([
        {
          goal: 'from booking to activity at most 3 times the time without a backlog',
          measured: ratio(within.activity / alone.activity),
          reached: within.activity / alone.activity <= 3,
        },
      ]),
    ].join('\n\n');
  } finally {
    await stage.close();
  }
};
