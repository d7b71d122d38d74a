/** What Hermes would have done, beside what was done, for an operator. */
import { customField } from '../../domain/pipedrive/fields.ts';
import type { FieldMap } from '../../domain/pipedrive/fieldMap.ts';
import type { Compared, Difference } from './compare.ts';
import type { HeldRow } from './heldRecords.ts';

const callLines = (rows: readonly HeldRow[]): string[] => {
  const counts = new Map<string, number>();
  for (const { system, method, endpoint } of rows) {
    const call = `${system.padEnd(10)} ${method.padEnd(6)} ${endpoint}`;
    counts.set(call, (counts.get(call) ?? 0) + 1);
  }
  return [...counts]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([call, count]) => `${String(count).padStart(6)}  ${call}`);
};

const nameOf = (map: FieldMap, entity: string, field: string): string => {
  if (entity !== 'organization' && entity !== 'person' && entity !== 'deal') return field;
  const named = Object.entries(map.keys[entity]).find(([, key]) => customField(key) === field)?.[0];
  const own = map.customFields.find(
    (one) => one.entity === entity && customField(one.pipedriveKey) === field,
  );
  return named ?? own?.machineName ?? field;
};

const shown = (value: unknown): string => JSON.stringify(value ?? null);

const differenceText = (map: FieldMap, entity: string, difference: Difference, values: boolean): string => {
  const name = nameOf(map, entity, difference.field);
  return values ? `${name} ${shown(difference.ours)} / ${shown(difference.theirs)}` : name;
};

const titleOf = ({ record, theirId }: Compared): string => {
  const where = theirId === null ? '' : ` (${record.system} ${theirId})`;
  return `${record.entity} ${record.recordId ?? '?'} of company ${record.companyId ?? '?'}${where}`;
};

const verdictText = (map: FieldMap, compared: Compared, values: boolean): string => {
  const { verdict, record } = compared;
  switch (verdict.kind) {
    case 'same':
      return 'the same';
    case 'differs':
      return verdict.differences
        .map((difference) => differenceText(map, record.entity, difference, values))
        .join(values ? '; ' : ', ');
    case 'missing':
      return 'Hermes would have it there, the other service has not';
    case 'stillThere':
      return 'Hermes would have deleted it, the other service has not';
    case 'unknown':
      return verdict.why;
  }
};

/** Whether Hermes and the other service did the same as far as it could be compared. */
export const agrees = (compared: readonly Compared[]): boolean =>
  compared.every(({ verdict }) => verdict.kind === 'same' || verdict.kind === 'unknown');

const sections = [
  ['differs', 'Differ in (ours / theirs):'],
  ['missing', 'Missing:'],
  ['stillThere', 'Still there:'],
  ['unknown', 'Not compared:'],
] as const;

/** @param values whether values are printed, which may be personal data */
export const shadowReport = (
  rows: readonly HeldRow[],
  compared: readonly Compared[],
  map: FieldMap,
  values: boolean,
): string => {
  const [first] = rows;
  if (first === undefined) return 'No call was held back.\n';
  const same = compared.filter(({ verdict }) => verdict.kind === 'same').length;
  const lines = [
    `Since ${first.at.toISOString()} these calls were held back:`,
    ...callLines(rows),
    '',
    `They concern ${compared.length} records; ${same} of them the other side holds as Hermes would have left them.`,
  ];
  for (const [kind, title] of sections) {
    const ofKind = compared.filter(({ verdict }) => verdict.kind === kind);
    if (ofKind.length === 0) continue;
    lines.push('', title);
    lines.push(...ofKind.map((one) => `  ${titleOf(one)}: ${verdictText(map, one, values)}`));
  }
  return lines.map((line) => `${line}\n`).join('');
};
