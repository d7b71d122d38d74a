/** `npm run bench -- <name>`: measures Hermes beside its baselines on this machine. Everything stays on the loopback. */
import { parseArgs } from 'node:util';
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

const fail = (message: string): never => {
  say(`${message}\nnpm run bench -- --help tells what there is.`);
  process.exit(2);
};

const whole = (text: string, name: string, max: number): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > max) {
    return fail(`--${name} must be a whole number from 1 to ${max}`);
  }
  return value;
};

const readArguments = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        rounds: { type: 'string', default: '3' },
        seconds: { type: 'string', default: '5' },
        connections: { type: 'string', default: '1,8,32' },
        'no-drain': { type: 'boolean', default: false },
        workers: { type: 'string', default: '1,2,4' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
};

const { positionals, values } = readArguments();
const [name] = positionals;

if (values.help || name === undefined) {
  process.stdout.write(help);
} else {
  const options = {
    rounds: whole(values.rounds, 'rounds', 20),
    seconds: whole(values.seconds, 'seconds', 60),
    say,
  };
  const benchmarks: Record<string, () => Promise<string>> = {
    ingest: () =>
      benchIngest({
        ...options,
        connections: values.connections.split(',').map((count) => whole(count, 'connections', 1000)),
        drain: !values['no-drain'],
      }),
    flow: () => benchFlow(options),
    budget: () => benchBudget(options),
    memory: () => benchMemory(options),
    overtake: () => benchOvertake(options),
    scaling: () =>
      benchScaling({
        ...options,
        workers: values.workers.split(',').map((count) => whole(count, 'workers', 16)),
      }),
  };
  const benchmark = benchmarks[name];
  if (benchmark === undefined) fail(`there is no benchmark ${name}`);
  else process.stdout.write(`${await benchmark()}\n`);
}
