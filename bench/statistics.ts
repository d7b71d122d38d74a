/** Numbers about numbers, and how they are printed. */

/** The middle of the values; the mean of the two middle ones of an even count. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  if (sorted.length === 0) return Number.NaN;
  if (sorted.length % 2 === 1) return sorted[Math.floor(middle)] ?? Number.NaN;
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
};

/** @param share 0.99 for the value that 99 % do not exceed */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
};

export const rate = (value: number): string => value.toFixed(value < 100 ? 1 : 0);
export const milliseconds = (value: number): string => value.toFixed(value < 100 ? 1 : 0);
export const ratio = (value: number): string => value.toFixed(2);

/** A table of text: the first column to the left, the others to the right. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
};

/** A goal and whether it is reached. */
export interface Verdict {
  goal: string;
  measured: string;
  reached: boolean;
}

export const verdicts = (list: readonly Verdict[]): string =>
  list
    .map(({ goal, measured, reached }) => `${reached ? 'reached' : 'MISSED '}  ${goal}: ${measured}`)
    .join('\n');
