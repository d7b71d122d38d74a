/** All faults, by kind. */
import type { ChaosFault } from './fault.ts';
import { peerFaults } from './peers.ts';
import { postgresFaults } from './postgres.ts';
import { processFaults } from './processes.ts';
import { temporalFaults } from './temporal.ts';
import { webhookFaults } from './webhooks.ts';

export type { ChaosFault } from './fault.ts';

/** A mixture picks a kind first, so that the many faults of the peers do not crowd out the others. */
export const faultKinds: readonly (readonly ChaosFault[])[] = [
  processFaults,
  temporalFaults,
  postgresFaults,
  peerFaults,
  peerFaults,
  webhookFaults,
];

/** Every fault once. */
export const allFaults: readonly ChaosFault[] = [...new Set(faultKinds.flat())];

/** @throws naming the faults that there are not */
export const faultsNamed = (names: readonly string[]): ChaosFault[] => {
  const unknown = names.filter((name) => !allFaults.some((fault) => fault.name === name));
  if (unknown.length > 0) throw new Error(`there is no fault ${unknown.join(', ')}; --help lists them`);
  return allFaults.filter(({ name }) => names.includes(name));
};
