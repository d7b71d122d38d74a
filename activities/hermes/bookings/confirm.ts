/** Last step of a booking: the event stands in the calendar, so the records follow and the visitor may be told yes. */
import type { Knex } from 'knex';
import type { CompanyRow, ContactRow, MeetingRow } from '../../../db/models/index.ts';
import type { Confirmation, ConfirmRequest } from '../../../workflows/bookingSteps.ts';
import { auditChanges, fieldChanges, wantSync, type RecordChange } from '../changes.ts';
import type { HermesDependencies } from '../deps.ts';
import { finishInboxRow } from '../inboxRow.ts';
import { entryStageOf, insertDeal } from '../newDeal.ts';
import type { StoredMatch } from './match.ts';
import { matchAgain } from './matchAgain.ts';

interface DealResult {
  id: number | null;
  changes: RecordChange[];
  /** Why there is none. */
  note: string | null;
}

/** The open deal of the lowest id (CBS-43, CBS-45), or a new one (CBS-22 to CBS-25, CBS-44). */
const openDeal = async (
  trx: Knex,
  company: CompanyRow,
  call: { contactId: number; adminId: number | null },
  tc2BaseUrl: string,
): Promise<DealResult> => {
  const existing = await trx('deal')
    .where({ company_id: company.id, status: 'open' })
    .orderBy('id')
    .first<{ id: number } | undefined>('id');
  if (existing !== undefined) {
    await trx('deal').where({ id: existing.id }).update({ booked: true });
    return { id: existing.id, changes: [], note: null };
  }
  const entry = await entryStageOf(trx, company.price_plan);
  // It was there when the booking began: the call stands all the same.
  if (!entry.ok) return { id: null, changes: [], note: `no deal was made: ${entry.message}` };
  const id = await insertDeal(trx, company, {
    ...entry,
    contactId: call.contactId,
    adminId: company.sales_person_id ?? call.adminId,
    booked: true,
    tc2BaseUrl,
  });
  const fields = { status: { before: null, after: 'open' } };
  return { id, changes: [{ entity: 'deal', recordId: id, companyId: company.id, fields }], note: null };
};

/** A sales call brings back a company and a contact that were deleted (SYN-69); Pipedrive's records are made anew. */
const bringBack = async (trx: Knex, company: CompanyRow, contact: ContactRow): Promise<RecordChange[]> => {
  const changes: RecordChange[] = [];
  const patch = {
    ...(company.has_booked_call ? {} : { has_booked_call: true }),
    ...(company.is_deleted ? { is_deleted: false, deleted_by: null } : {}),
  };
  if (Object.keys(patch).length > 0) {
    await trx('company').where({ id: company.id }).update(patch);
    const fields = fieldChanges(company, patch);
    changes.push({ entity: 'company', recordId: company.id, companyId: company.id, fields });
  }
  if (contact.is_deleted) {
    const alive = { is_deleted: false, deleted_by: null };
    await trx('contact').where({ id: contact.id }).update(alive);
    const fields = fieldChanges(contact, alive);
    changes.push({ entity: 'contact', recordId: contact.id, companyId: company.id, fields });
  }
  return changes;
};

interface Follow {
  changes: RecordChange[];
  dealId: number | null;
  activityWanted: boolean;
  note: string | null;
}

const followSales = async (
  trx: Knex,
  { company, contact }: StoredMatch,
  meeting: MeetingRow,
  tc2BaseUrl: string,
): Promise<Follow> => {
  const changes = await bringBack(trx, company, contact);
  const deal = await openDeal(trx, company, { contactId: contact.id, adminId: meeting.admin_id }, tc2BaseUrl);
  await wantSync(trx, company.id);
  return {
    changes: [...changes, ...deal.changes],
    dealId: deal.id,
    activityWanted: true,
    note: deal.note,
  };
};

/** A support call reaches Pipedrive only where the company has an organization (CBU-11, ACT-07); no deal is made. */
const followSupport = async (trx: Knex, company: CompanyRow): Promise<Follow> => {
  const known = company.pd_org_id !== null;
  if (known) await wantSync(trx, company.id);
  return { changes: [], dealId: null, activityWanted: known, note: null };
};

/**
 * Confirms a booking, unless the visitor was told no in the meantime: whoever closes the inbox row first decides.
 *
 * @returns `tooLate` when the slot must be given back
 */
export const confirmBooking =
  ({ db, environment, logger }: HermesDependencies) =>
  async ({ webhookId, meetingId, eventId }: ConfirmRequest): Promise<Confirmation> => {
    const result = await db.transaction(async (trx): Promise<Confirmation & { note?: string | null }> => {
      const row = await trx('webhook')
        .where({ id: webhookId })
        .forUpdate()
        .first<{ outcome: string | null } | undefined>('outcome');
      const meeting = (await trx('meeting').where({ id: meetingId }).first('*')) as MeetingRow | undefined;
      if (row === undefined || meeting?.company_id === undefined || meeting.company_id === null) {
        return { kind: 'tooLate' };
      }
      if (row.outcome === 'applied') {
        return { kind: 'confirmed', companyId: meeting.company_id, syncNeeded: meeting.activity_wanted };
      }
      const match = row.outcome === null ? await matchAgain(trx, webhookId, meeting) : null;
      if (match === null) return { kind: 'tooLate' };

      const { company, contact } = match;
      const follow =
        meeting.meeting_type === 'sales'
          ? await followSales(trx, match, meeting, environment.TC2_BASE_URL)
          : await followSupport(trx, company);
      await trx('meeting').where({ id: meetingId }).update({
        company_id: company.id,
        contact_id: contact.id,
        deal_id: follow.dealId,
        activity_wanted: follow.activityWanted,
        calendar_event_id: eventId,
        calendar_synced_at: trx.fn.now(),
      });
      const made: RecordChange = {
        entity: 'meeting',
        recordId: meetingId,
        companyId: company.id,
        fields: { status: { before: null, after: 'PLANNED' } },
      };
      await auditChanges(trx, { source: 'callbooker', webhookId }, [
        ...match.changes,
        ...follow.changes,
        made,
      ]);
      await finishInboxRow(trx, webhookId, {
        outcome: 'applied',
        reason: follow.note,
        companyId: company.id,
      });
      return {
        kind: 'confirmed',
        companyId: company.id,
        syncNeeded: follow.activityWanted,
        note: follow.note,
      };
    });
    const { note, ...confirmation } = result;
    if (note !== undefined && note !== null)
      logger.error({ webhookId, meetingId, note }, 'a call has no deal');
    logger.info({ webhookId, meetingId, kind: confirmation.kind }, 'booking');
    return confirmation;
  };
