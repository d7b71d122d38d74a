/**
 * `npm run rehearse`: what docker-compose.yml describes, without a container engine. The real Temporal server and its SQL tool are built
 * from Go modules once; then everything is set up on an embedded PostgreSQL with the settings of that file, checked end to end, upgraded,
 * and put through a short chaos suite. Ends with 0 when all is well.
 */
import { optionsOrExit, wholeOrExit } from '../dev/programOptions.ts';
import { runChaos } from './chaos.ts';
import { checks } from './checks.ts';
import { setUp } from './stage.ts';
import { upgrade } from './upgrade.ts';

const help = `npm run rehearse -- [options]

Sets up what docker-compose.yml describes without a container engine, checks it end to end, upgrades its workers
while agencies sign up, and puts it through a short chaos. The first time it builds the Temporal server with Go.
Ends with 1 when something failed, was lost, doubled or differs; data and logs are kept then.

  --seed N      repeats the order of the faults
  --rounds N    inflicts every fault so many times, in one mixed order; 1 by default
  --no-chaos    leaves them out
  --keep        leaves everything running, until Ctrl-C
`;

const values = optionsOrExit(
  {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    rounds: { type: 'string', default: '1' },
    'no-chaos': { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
  help,
);
const course = {
  seed: wholeOrExit(values.seed, 'seed', Number.MAX_SAFE_INTEGER, 0),
  rounds: wholeOrExit(values.rounds, 'rounds', 1000),
};

const startedAt = performance.now();
const say = (line: string): void => {
  process.stdout.write(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}\n`);
};

const faults: string[] = [];
const step = async (name: string, run: () => Promise<string>): Promise<void> => {
  try {
    say(`ok     ${name}: ${await run()}`);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    faults.push(`${name}: ${message}`);
    say(`FAILED ${name}: ${message}`);
  }
};

const stage = await setUp({ say });
try {
  say('all services are healthy');
  for (const { name, run } of checks) await step(name, () => run(stage));
  let { workers } = stage;
  await step('an upgrade while agencies sign up loses nothing', async () => {
    workers = await upgrade(stage, '999.0.0-rehearsal');
    return 'half of the runs, then all; the old workers are stopped';
  });
  if (!values['no-chaos']) {
    await step(`chaos with seed ${course.seed}`, async () => {
      const report = await runChaos(stage, workers, course, say);
      return `${report.faults} faults, ${report.events} events, ${report.webhooks} webhooks, ${report.companies} companies: nothing lost, doubled or different`;
    });
  }
} finally {
  if (values.keep)
    say(`data and logs stay in ${stage.folder} until the end of the servers: stop with Ctrl-C`);
  else if (faults.length === 0) await stage.close();
  else say(`data and logs are in ${await stage.closeKeeping()}`);
}
say(
  faults.length === 0
    ? 'The rehearsal succeeded.'
    : `The rehearsal failed:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
);
if (!values.keep) process.exit(faults.length === 0 ? 0 : 1);
