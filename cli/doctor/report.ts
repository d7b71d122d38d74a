import type { Finding, Status } from './finding.ts';

const marks: Record<Status, string> = { ok: 'ok  ', warn: 'WARN', fail: 'FAIL' };

/** One line per finding, and below it what to do. */
export const findingsReport = (findings: readonly Finding[]): string => {
  const width = Math.max(...findings.map(({ area }) => area.length));
  return findings
    .flatMap(({ area, status, message, advice }) => [
      `${marks[status]}  ${area.padEnd(width)}  ${message}`,
      ...(advice === undefined ? [] : [`${' '.repeat(width + 8)}-> ${advice}`]),
    ])
    .map((line) => `${line}\n`)
    .join('');
};
