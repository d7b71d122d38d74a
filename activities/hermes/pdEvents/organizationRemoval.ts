/** An organization that was deleted in Pipedrive, or merged into another one. */
import type { CompanyRow } from '../../../db/models/index.ts';
import { hermesIdField, hermesIdsIn } from '../../../domain/pipedriveWebhook/hermesIds.ts';
import { matchCompany } from '../../../domain/pipedriveWebhook/match.ts';
import { auditChanges, fieldChanges } from '../changes.ts';
import { lockRemoteRecord, saveRemoteRecord, type RemoteKnowledge } from '../remoteRecord.ts';
import { linkCompany, revive } from './companyLink.ts';
import type { PdContext, PdSubject } from './context.ts';
import { bury, isOrdered, removed } from './link.ts';
import { raise } from './raise.ts';
import type { PdVerdict } from './verdict.ts';

const entity = 'organization';

/** Links the company that waited for the loser's link to end (PDM-24, SYN-71). */
const linkWinner = async (context: PdContext, winnerId: number, record: RemoteKnowledge): Promise<void> => {
  const { trx } = context;
  if (record.deleted_at !== null) return;
  const ids = hermesIdsIn(record.known?.[hermesIdField(context.map, entity)]);
  if (ids.length < 2) return;
  const rows = await trx('company')
    .where({ pd_org_id: winnerId })
    .orWhereIn('id', ids)
    .forNoKeyUpdate()
    .select<CompanyRow[]>('*');
  const match = matchCompany(
    rows.find((row) => row.pd_org_id === winnerId),
    ids,
    rows,
  );
  const company = rows.find((row) => match.kind === 'link' && row.id === match.id);
  if (company === undefined) return;
  const changes = [await linkCompany(context, company, winnerId), ...(await revive(context, company))];
  await auditChanges(trx, context.by, changes);
  // What the winner holds is read by the sync; its joined hermes_id is written then.
  await saveRemoteRecord(trx, 'pipedrive', entity, winnerId, { known: null });
  await raise(context, company.id);
};

/**
 * Ends the link (PDO-26): the company keeps its row and is made anew by nobody but those whom the rules name. A delete that Hermes
 * ordered does no more than that.
 */
export const removeOrganization = async (context: PdContext, subject: PdSubject): Promise<PdVerdict> => {
  const { trx } = context;
  const { mergedTo } = subject;
  // Before any company, as the winner's own event takes them: two events never wait for each other.
  const winner = mergedTo === null ? null : await lockRemoteRecord(trx, 'pipedrive', entity, mergedTo);
  const company = (await trx('company').where({ pd_org_id: subject.id }).forNoKeyUpdate().first('*')) as
    CompanyRow | undefined;
  const companyId = company?.id ?? null;
  await bury(context, entity, subject, companyId);
  if (company !== undefined) {
    const { id } = company;
    const deleted = { is_deleted: true, deleted_by: 'pipedrive' as const };
    const patch = { pd_org_id: null, ...(isOrdered(subject) ? {} : deleted) };
    await trx('company').where({ id }).update(patch);
    const fields = fieldChanges(company, patch);
    await auditChanges(trx, context.by, [{ entity: 'company', recordId: id, companyId: id, fields }]);
  }
  if (mergedTo !== null && winner !== null) await linkWinner(context, mergedTo, winner);
  return removed(subject, companyId);
};
