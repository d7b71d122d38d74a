/** The report of a run, as a page of Markdown. */
import { arch, cpus, platform } from 'node:os';
import { allFaults } from './faults/index.ts';
import type { FaultAlone } from './each.ts';
import type { Verdict } from './judge/index.ts';
import type { RunOptions, RunResult } from './run.ts';
import { peerNames } from './stage/peers.ts';

type Cell = string | number;

const table = (head: readonly string[], rows: readonly (readonly Cell[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const faultRows = ({ inflicted }: RunResult): Cell[][] =>
  allFaults
    .map(({ name, about }) => {
      const times = inflicted.filter((one) => one.name === name);
      const seconds = times.reduce((sum, one) => sum + one.seconds, 0);
      return [`\`${name}\``, about, times.length, seconds.toFixed(0)];
    })
    .filter(([, , times]) => times !== 0);

const countOf = ({ verdict }: RunResult, kind: string): number =>
  verdict.findings.filter((finding) => finding.kind === kind).length;

const machine = (): string =>
  `${cpus().length} cores, ${platform()} ${arch()}, Node ${process.versions.node}`;

const setUp = (workers: number): string =>
  `API, ${workers} ${workers === 1 ? 'worker' : 'workers'}, PostgreSQL, Temporal and the sandboxes shared the machine.`;

const findingLines = ({ verdict: { findings } }: RunResult): string =>
  findings.map(({ kind, text }) => `- ${kind}: ${text}`).join('\n');

/** What the judge counted: webhooks, bookings, records, calls. */
const counted = ({ webhooks, bookings, records, calls }: Verdict): string => {
  const { tc2, pipedrive } = webhooks.senders;
  return `## Webhooks

${table(
  ['sender', 'sent', 'acknowledged', 'retries of the sender', 'given up by the sender'],
  [
    ['TutorCruncher', tc2.sent, tc2.acknowledged, tc2.retries, tc2.givenUp],
    ['Pipedrive', pipedrive.sent, pipedrive.acknowledged, pipedrive.retries, pipedrive.givenUp],
  ],
)}

What became of them. A delivery that says the same bytes, or bears the same id, is one row.

${table(
  ['source', 'outcome', 'rows'],
  webhooks.outcomes.map(({ source, outcome, count }) => [source, outcome, count]),
)}

## Bookings

${bookings.visitors} visitors made ${bookings.tries} tries: ${bookings.booked} booked, ${bookings.unanswered} tries without a yes or a no (the API was killed, or PostgreSQL away).
${bookings.events} events stand in the calendars, each with its meeting and each where its visitor was told so.

## Records

${records.companies} companies. Pipedrive holds ${records.remote.organization} organizations, ${records.remote.person} persons, ${records.remote.deal} deals and ${records.remote.activity} activities.

## Calls

${table(
  ['to', 'calls', 'hit by a fault', 'failures that Hermes noted'],
  peerNames.map((name) => {
    const { calls: made, hit, failed } = calls[name];
    return [name, made, hit, failed.map(({ failure, count }) => `${failure} ${count}`).join(', ') || '-'];
  }),
)}
`;
};

const rest = ({ secondsToRest }: RunResult): string =>
  secondsToRest === null ? 'not in time' : secondsToRest.toFixed(0);

/** @param options as the run had them */
export const reportOf = (
  result: RunResult,
  options: Pick<RunOptions, 'seed' | 'seconds' | 'perSecond'> & { workers: number },
): string => {
  const { verdict, happened, inflicted } = result;
  const { seed, seconds, perSecond, workers } = options;
  return `# Report of a chaos run

Written by \`npm run chaos -- --seed ${seed} --seconds ${seconds} --per-second ${perSecond} --workers ${workers}\`
on ${machine()}. ${setUp(workers)}

| | |
| --- | --- |
| lost | ${countOf(result, 'lost')} |
| doubled | ${countOf(result, 'doubled')} |
| different | ${countOf(result, 'different')} |
| faults | ${inflicted.length}, of ${new Set(inflicted.map(({ name }) => name)).size} kinds |
| seconds of load and faults | ${seconds} |
| seconds until all was at rest | ${rest(result)} |
${verdict.findings.length === 0 ? '' : `\n${findingLines(result)}\n`}
${counted(verdict)}
## What happened

${table(
  ['what', 'times'],
  [...happened.counts].toSorted(([a], [b]) => a.localeCompare(b)),
)}

## Faults

${table(['fault', 'what', 'times', 'seconds in all'], faultRows(result))}
`;
};

/** @param results one per fault, in their order; the last one's counts are those of all */
export const reportOfEach = (
  results: readonly FaultAlone[],
  options: Pick<RunOptions, 'seed' | 'perSecond'> & { workers: number },
): string => {
  const { seed, perSecond, workers } = options;
  const last = results.at(-1);
  const findings = results.map(({ result }) => findingLines(result)).filter(Boolean);
  const total = (kind: string): number => results.reduce((sum, { result }) => sum + countOf(result, kind), 0);
  return `# Report of every fault alone

Written by \`npm run chaos -- --each --seed ${seed} --per-second ${perSecond} --workers ${workers}\`
on ${machine()}. ${setUp(workers)} After each fault Hermes came to rest and the judge compared everything that had happened
until then.

| | |
| --- | --- |
| lost | ${total('lost')} |
| doubled | ${total('doubled')} |
| different | ${total('different')} |
| faults | ${results.reduce((sum, { result }) => sum + result.inflicted.length, 0)}, of ${results.length} kinds |
${findings.length === 0 ? '' : `\n${findings.join('\n')}\n`}
## Faults

${table(
  ['fault', 'what', 'times', 'seconds until all was at rest', 'findings'],
  results.map(({ fault, result }) => [
    `\`${fault.name}\``,
    fault.about,
    result.inflicted.length,
    rest(result),
    result.verdict.findings.length,
  ]),
)}

${last === undefined ? '' : counted(last.result.verdict)}`;
};
