/** `npm run chaos`: faults under load, then a judge. Bounded, and repeatable by its seed. */
import { writeFile } from 'node:fs/promises';
import { optionsOrExit, wholeOrExit } from '../dev/programOptions.ts';
import { runEach } from './each.ts';
import { allFaults, faultsNamed } from './faults/index.ts';
import { reportOf, reportOfEach } from './report.ts';
import { runChaos } from './run.ts';
import { setStage } from './stage/stage.ts';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const help = `npm run chaos -- [options]

Sets up PostgreSQL, Temporal, sandboxes, API and workers of its own, lets clients, people in Pipedrive and visitors
come, and breaks things meanwhile. Then everything works again, and a judge compares what everybody holds.
Ends with 1 when something was lost, doubled or differs.

  --seed N          repeats the choices of a run: its faults, their order, the load; not the moments
  --seconds N       how long there are load and faults; 60, or 6 for each fault alone
  --per-second N    things that happen per second; 4
  --workers N       worker processes; 1
  --only NAME       only this fault; may be given several times. Without it all are mixed
  --each            every fault alone, one after the other, each judged; about half an hour
  --report FILE     writes the report there
  --keep            leaves logs and data

Faults:
${allFaults.map(({ name, about }) => `  ${name.padEnd(28)}${about}`).join('\n')}
`;

const values = optionsOrExit(
  {
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1_000_000)) },
    seconds: { type: 'string' },
    'per-second': { type: 'string', default: '4' },
    workers: { type: 'string', default: '1' },
    only: { type: 'string', multiple: true },
    each: { type: 'boolean', default: false },
    report: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
  help,
);

const main = async (): Promise<number> => {
  const options = {
    seed: wholeOrExit(values.seed, 'seed', Number.MAX_SAFE_INTEGER, 0),
    seconds: wholeOrExit(values.seconds ?? (values.each ? '6' : '60'), 'seconds', 86_400),
    perSecond: wholeOrExit(values['per-second'], 'per-second', 1000),
    workers: wholeOrExit(values.workers, 'workers', 16),
    restWithinMs: 8 * 60_000,
    say,
  };
  const only = values.only === undefined ? null : faultsNamed(values.only);
  say(`chaos with seed ${options.seed}: ${options.seconds} s of load and faults`);
  const stage = await setStage(options);
  const finish = async (report: string, findings: number): Promise<number> => {
    say(`\n${report}`);
    if (values.report !== undefined) await writeFile(values.report, report);
    if (values.keep) say(`logs and data: ${stage.folder}`);
    return findings === 0 ? 0 : 1;
  };
  try {
    if (values.each) {
      const results = await runEach(stage, options);
      const findings = results.reduce((sum, { result }) => sum + result.verdict.findings.length, 0);
      return await finish(reportOfEach(results, options), findings);
    }
    const result = await runChaos(stage, { ...options, only });
    return await finish(reportOf(result, options), result.verdict.findings.length);
  } finally {
    await stage.close(values.keep);
  }
};

process.exit(await main());
