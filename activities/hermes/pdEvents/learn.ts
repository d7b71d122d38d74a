import type { RecordEntity } from '../../../domain/pipedrive/fieldMap.ts';
import { isEmpty, type Fields } from '../../../domain/pipedrive/fields.ts';
import { hasUndone, joinedFields, type Judgement } from '../../../domain/pipedriveWebhook/judge.ts';
import { learned } from '../../../domain/pipedriveWebhook/news.ts';
import { saveRemoteRecord } from '../remoteRecord.ts';
import type { PdContext, PdSubject } from './context.ts';

/**
 * Keeps what the record is known to hold, in the transaction that applied it. The options are those of `learned`.
 *
 * @returns whether what Hermes holds has to be written again, because a write of ours was undone or a merge joined values
 */
export const keepLearned = async (
  { trx }: PdContext,
  entity: RecordEntity,
  subject: PdSubject,
  judgement: Judgement,
  after: { wanted: Fields; settled: boolean; verbatim: readonly string[]; asIs: readonly string[] },
): Promise<boolean> => {
  const { id, report } = subject;
  const { standing, statuses, leftOut } = judgement;
  const joined = joinedFields(subject, judgement, after.wanted);
  const known = learned(report, standing, after.wanted, statuses, {
    settled: after.settled,
    verbatim: after.verbatim.filter((name) => !isEmpty(report.fields[name])),
    asIs: [...after.asIs, ...joined],
    leftOut,
  });
  await saveRemoteRecord(trx, 'pipedrive', entity, id, { known });
  return joined.length > 0 || hasUndone(report, judgement);
};
