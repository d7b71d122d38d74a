/** `npm run bench -- <name>`: measures Hermes beside its baselines on this machine. Everything stays on the loopback. */
import { optionsOrExit, wholeOrExit } from '../dev/programOptions.ts';
import { benchBudget } from './budget/run.ts';
import { benchFlow } from './flow/run.ts';
import { benchIngest } from './ingest/run.ts';
import { benchMemory } from './memory.ts';
import { benchOvertake } from './overtake.ts';
import { benchScaling } from './scaling/run.ts';

const help = `Usage: npm run bench -- <benchmark> [options]

Each benchmark boots a PostgreSQL (and a Temporal server) of its own, measures Hermes and a baseline in turns in one run,
prints a table, and leaves nothing behind. It takes less than four minutes and talks to 127.0.0.1 only.

  ingest   Acknowledged webhooks per second and how long an answer takes, beside a bare Koa server that only checks the
           HMAC and makes one prepared INSERT; then the same while a worker drains the backlog.
  flow     From the webhook to Pipedrive, one at a time and in bursts, beside empty workflows of the same number of steps
           on the same Temporal server.
  scaling  The rate with 1, 2 and 4 worker processes on the stage of npm run rehearse, and who has the processor.
  budget   How much of Pipedrive's burst limits a backlog of new clients uses, and how many answers are 429; then new
           clients per second without a limit, beside the same work done by plain concurrent functions.
  overtake From a visitor's booking to its activity in Pipedrive, with 5,000 webhooks waiting and without.
  memory   Megabytes that API and worker in one process hold after 10,000 webhooks.

Options:
  --rounds N         turns of Hermes and of the baseline (default 3)
  --seconds N        length of a turn of ingest (default 5)
  --connections LIST for ingest (default 1,8,32)
  --no-drain         ingest without Temporal and worker
  --workers LIST     for scaling (default 1,2,4)
  --help             this text

How to read the numbers: compare ratios, not rates. The load, the servers and what is measured share the machine.
`;

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const words = process.argv.slice(2);
const name = words[0]?.startsWith('-') === true ? undefined : words[0];

const values = optionsOrExit(
  {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '1,8,32' },
    'no-drain': { type: 'boolean', default: false },
    workers: { type: 'string', default: '1,2,4' },
  },
  help,
  name === undefined ? ['--help'] : words.slice(1),
);

const listOf = (text: string, option: string, max: number): number[] =>
  text.split(',').map((count) => wholeOrExit(count, option, max));

const options = {
  rounds: wholeOrExit(values.rounds, 'rounds', 20),
  seconds: wholeOrExit(values.seconds, 'seconds', 60),
  say,
};

const benchmarks = new Map<string | undefined, () => Promise<string>>([
  [
    'ingest',
    () =>
      benchIngest({
        ...options,
        connections: listOf(values.connections, 'connections', 1000),
        drain: !values['no-drain'],
      }),
  ],
  ['flow', () => benchFlow(options)],
  ['scaling', () => benchScaling({ ...options, workers: listOf(values.workers, 'workers', 16) })],
  ['budget', () => benchBudget(options)],
  ['overtake', () => benchOvertake(options)],
  ['memory', () => benchMemory(options)],
]);

const benchmark = benchmarks.get(name);
if (benchmark === undefined) {
  say(`There is no benchmark ${name}: --help lists them.`);
  process.exit(2);
}
process.stdout.write(`${await benchmark()}\n`);
