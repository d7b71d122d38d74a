/** Records in Pipedrive that name a record of Hermes which a restore of the database lost. */
import { areLost, type LostIds } from '../../../domain/pipedrive/lostRecord.ts';
import type { Match } from '../../../domain/pipedriveWebhook/match.ts';
import type { PdContext } from './context.ts';

/**
 * A person or a deal that names only lost ids is as one that names none: it may become a record again. Organizations are left to TC2,
 * which tells of the same agency: two companies would come of it.
 */
export const unlessLost = async (
  { trx }: PdContext,
  entity: 'person' | 'deal',
  match: Match,
  ids: readonly number[],
): Promise<Match> => {
  if (match.kind !== 'none') return match;
  const lost = await trx('lost_ids').where({ entity }).select<LostIds[]>('after', 'upto');
  return areLost(ids, lost) ? { kind: 'unknown' } : match;
};
