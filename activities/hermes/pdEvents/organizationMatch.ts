/** Which company an organization is. */
import type { CompanyRow } from '../../../db/models/index.ts';
import { matchCompany, type Match } from '../../../domain/pipedriveWebhook/match.ts';
import { isOwnCreate } from '../../../domain/pipedriveWebhook/subject.ts';
import type { PdContext, PdSubject } from './context.ts';

/** A create of ours whose answer is not here yet, where organizations do not carry our ids. */
const intendedCompany = async (context: PdContext, subject: PdSubject): Promise<number | null> => {
  if (!subject.isCreate || subject.report.fromApp || context.map.keys.organization.hermes_id !== undefined) {
    return null;
  }
  const row = (await context
    .trx('company')
    .join('create_intent as intent', 'intent.record_id', 'company.id')
    .where({ 'intent.entity': 'organization', 'company.name': subject.report.fields.name ?? null })
    .whereNull('company.pd_org_id')
    .first('company.id')) as { id: number } | undefined;
  return row?.id ?? null;
};

/**
 * Finds the company, and locks it.
 *
 * @param ids those that the organization names
 */
export const findCompany = async (
  context: PdContext,
  subject: PdSubject,
  ids: readonly number[],
): Promise<{ match: Match; ownCreate: boolean }> => {
  const rows = await context
    .trx('company')
    .where({ pd_org_id: subject.id })
    .orWhereIn('id', [...ids])
    .orderBy('id')
    .forNoKeyUpdate()
    .select<CompanyRow[]>('*');
  const linked = rows.find((row) => row.pd_org_id === subject.id);
  const match = matchCompany(linked, ids, rows);
  if (match.kind !== 'unknown') {
    return { match, ownCreate: match.kind === 'link' && isOwnCreate(subject, ids) };
  }
  const intended = await intendedCompany(context, subject);
  return intended === null
    ? { match, ownCreate: false }
    : { match: { kind: 'link', id: intended }, ownCreate: true };
};
