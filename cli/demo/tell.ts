import type { Writable } from 'node:stream';

/** Tells one step: who, and what. An empty "who" continues the step before. */
export type Teller = (who: string, what: string) => void;

const whoWidth = 14;

/** A teller that says when, in seconds since it was made. */
export const createTeller = (stdout: Writable): Teller => {
  const begin = performance.now();
  return (who, what) => {
    const when = who === '' ? '' : `${((performance.now() - begin) / 1000).toFixed(2)} s`;
    stdout.write(`  ${when.padStart(8)}  ${who.padEnd(whoWidth)}  ${what}\n`);
  };
};
