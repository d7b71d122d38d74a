/** What a configuration file changed, for an operator's terminal. */
import { kinds, type Change, type FieldDifference } from '../domain/configuration/plan.ts';

const actions = ['created', 'updated', 'removed', 'unchanged'] as const;

const shown = (value: unknown): string => {
  if (value === null || value === undefined) return 'nothing';
  return Array.isArray(value) ? `[${value.join(', ')}]` : JSON.stringify(value);
};

const differenceText = (change: Change, { field, from, to }: FieldDifference): string => {
  const name = field === '' ? '' : `${field} `;
  return change.action === 'created' || from === undefined
    ? `${name}${shown(to)}`
    : `${name}${shown(from)} -> ${shown(to)}`;
};

const isTold = (difference: FieldDifference): boolean =>
  difference.from !== undefined ||
  !(
    difference.to === null ||
    difference.to === '' ||
    (Array.isArray(difference.to) && difference.to.length === 0)
  );

const changeText = (change: Change): string => {
  const told = change.differences.filter((difference) => change.action !== 'created' || isTold(difference));
  const subject = `${change.kind} ${change.id}`.trim();
  return `${change.action.padEnd(8)} ${subject}: ${told.map((one) => differenceText(change, one)).join(', ')}\n`;
};

const table = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
};

const countTable = (changes: readonly Change[]): string => {
  const rows = kinds
    .map((kind) => ({ kind, of: changes.filter((change) => change.kind === kind) }))
    .filter(({ of }) => of.length > 0)
    .map(({ kind, of }) => [
      kind,
      ...actions.map((action) => String(of.filter((change) => change.action === action).length)),
    ]);
  return table([['', ...actions], ...rows]);
};

/** The changes one by one, then how many of each kind. */
export const changesReport = (changes: readonly Change[], dryRun: boolean): string => {
  const changed = changes.filter(({ action }) => action !== 'unchanged');
  if (changed.length === 0) return 'Nothing to change: everything is as the file says.\n';
  const end = dryRun ? 'Nothing was applied: this was a dry run.\n' : '';
  return `${changed.map(changeText).join('')}\n${countTable(changes)}${end}`;
};
