/** What an import from the Python service found and did, for an operator. */
import type { Finding } from './check.ts';
import type { PythonImport } from './run.ts';
import { pythonTables } from './tables.ts';

const idList = ({ ids, rows }: Finding): string =>
  rows > ids.length ? `${ids.join(', ')} and ${rows - ids.length} more` : ids.join(', ');

const findingLine = (finding: Finding): string => `  ${finding.table} ${idList(finding)}: ${finding.text}`;

const utcNames = ['UTC', 'Etc/UTC', 'GMT', 'Etc/GMT', 'Universal', 'Zulu'];

/** @param zone as it was said for the import */
export const pythonImportReport = (result: PythonImport, zone: string): string => {
  const { counts, customValues, findings, revision, sourceTimeZone, state } = result;
  const lines = [
    `The Python service's database, revision ${revision ?? 'unknown'}:`,
    '',
    ...[['', 'read', 'new', 'changed', 'same', 'gone', 'left out'] as const].map((titles) =>
      titles.map((title, index) => (index === 0 ? title.padEnd(10) : title.padStart(9))).join(''),
    ),
    ...pythonTables.map(({ name }) => {
      const { read, added, changed, same, removed } = counts[name];
      const leftOut = findings.leftOut[name] ?? 0;
      const numbers = [read + leftOut, added, changed, same, removed, leftOut];
      return `${name.padEnd(10)}${numbers.map((number) => String(number).padStart(9)).join('')}`;
    }),
  ];
  const known = customValues.filter(({ hasField }) => hasField);
  const unknown = customValues.filter(({ hasField }) => !hasField);
  if (known.length > 0) {
    lines.push('', 'Values of custom fields:');
    lines.push(...known.map(({ machineName, values }) => `  ${machineName}: ${values}`));
  }
  if (unknown.length > 0) {
    lines.push('', 'Values without a custom field, which are not taken over:');
    lines.push(...unknown.map(({ machineName, values }) => `  ${machineName}: ${values}`));
    lines.push('Name the fields under custom_fields of the configuration file, apply it, and import again.');
  }
  if (findings.faults.length > 0) lines.push('', 'Faults:', ...findings.faults.map(findingLine));
  if (findings.notes.length > 0) lines.push('', 'Worth knowing:', ...findings.notes.map(findingLine));
  if (!utcNames.includes(sourceTimeZone) && zone === 'UTC') {
    lines.push(
      '',
      `PostgreSQL there thinks in ${sourceTimeZone}. If the service wrote its moments so, say --time-zone ${sourceTimeZone}.`,
    );
  }
  const verdicts = {
    imported: 'Imported: every row was read back, and is equal.',
    wouldImport: 'Nothing was changed: this was a dry run.',
    blocked: 'Nothing was changed.',
  };
  return [...lines, '', verdicts[state]].map((line) => `${line}\n`).join('');
};
