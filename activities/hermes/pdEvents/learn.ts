import type { RecordEntity } from '../../../domain/pipedrive/fieldMap.ts';
import { isEmpty, type Fields } from '../../../domain/pipedrive/fields.ts';
import type { Judgement } from '../../../domain/pipedriveWebhook/judge.ts';
import { learned } from '../../../domain/pipedriveWebhook/news.ts';
import { saveRemoteRecord } from '../remoteRecord.ts';
import type { PdContext, PdSubject } from './context.ts';

/** Keeps what the record is known to hold, in the transaction that applied it. The options are those of `learned`. */
export const keepLearned = async (
  { trx }: PdContext,
  entity: RecordEntity,
  { id, report }: PdSubject,
  { standing, statuses, leftOut }: Judgement,
  after: { wanted: Fields; settled: boolean; verbatim: readonly string[]; asIs: readonly string[] },
): Promise<void> => {
  const known = learned(report, standing, after.wanted, statuses, {
    settled: after.settled,
    verbatim: after.verbatim.filter((name) => !isEmpty(report.fields[name])),
    asIs: after.asIs,
    leftOut,
  });
  await saveRemoteRecord(trx, 'pipedrive', entity, id, { known });
};
