/** `npm run chaos`: faults under load, then a judge. Bounded, and repeatable by its seed. */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { allFaults, faultsNamed } from './faults/index.ts';
import { reportOf } from './report.ts';
import { runChaos } from './run.ts';
import { setStage } from './stage/stage.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    seconds: { type: 'string', default: '60' },
    'per-second': { type: 'string', default: '4' },
    workers: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true },
    report: { type: 'string' },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const help = `npm run chaos -- [options]

Sets up PostgreSQL, Temporal, sandboxes, API and workers of its own, lets clients, people in Pipedrive and visitors
come, and breaks things meanwhile. Then everything works again, and a judge compares what everybody holds.
Ends with 1 when something was lost, doubled or differs.

  --seed N          repeats the choices of a run (not the moments)
  --seconds N       how long there are load and faults; 60
  --per-second N    things that happen per second; 4
  --workers N       worker processes; 1
  --only NAME       only this fault; may be given several times. Without it all are mixed
  --report FILE     writes the report there
  --keep            leaves logs and data

Faults:
${allFaults.map(({ name, about }) => `  ${name.padEnd(28)}${about}`).join('\n')}
`;

const main = async (): Promise<number> => {
  if (values.help) {
    say(help);
    return 0;
  }
  const options = {
    seed: Number(values.seed),
    seconds: Number(values.seconds),
    perSecond: Number(values['per-second']),
    workers: Number(values.workers),
    only: values.only === undefined ? null : faultsNamed(values.only),
    restWithinMs: 8 * 60_000,
    say,
  };
  say(`chaos with seed ${options.seed}: ${options.seconds} s of load and faults`);
  const stage = await setStage(options);
  try {
    const result = await runChaos(stage, options);
    const report = reportOf(result, options);
    say(`\n${report}`);
    if (values.report !== undefined) await writeFile(values.report, report);
    if (values.keep) say(`logs and data: ${stage.folder}`);
    return result.verdict.findings.length === 0 ? 0 : 1;
  } finally {
    await stage.close(values.keep);
  }
};

process.exit(await main());
