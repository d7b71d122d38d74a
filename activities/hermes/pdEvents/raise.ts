/** Says within an event that a sync is due; its run asks for it at its end. */
import { wantSync } from '../changes.ts';
import type { PdContext } from './context.ts';

/** Raises the company's version, and remembers that this event did. */
export const raise = async ({ trx, raised }: PdContext, companyId: number): Promise<void> => {
  await wantSync(trx, companyId);
  raised.add(companyId);
};
