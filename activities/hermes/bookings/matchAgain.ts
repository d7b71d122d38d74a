/** Whom a call is for once its event stands: since the booking began its contact may have lost a merge, or gone to another company. */
import type { Knex } from 'knex';
import type { CompanyRow, ContactRow, MeetingRow } from '../../../db/models/index.ts';
import { lockedMatch, lockVisitor, storeMatch, type StoredMatch } from './match.ts';
import { loadBooking } from './row.ts';

const isStale = (meeting: MeetingRow, contact: ContactRow): boolean =>
  contact.deleted_by === 'merge' || contact.company_id !== meeting.company_id;

/**
 * The company, locked, and the contact: those of the meeting, or those that the booking leads to by now.
 *
 * @returns null when either is gone
 */
export const matchAgain = async (
  trx: Knex,
  webhookId: number,
  meeting: MeetingRow,
): Promise<StoredMatch | null> => {
  const company = (await trx('company').where({ id: meeting.company_id }).forNoKeyUpdate().first('*')) as
    CompanyRow | undefined;
  const contact = (await trx('contact').where({ id: meeting.contact_id }).forNoKeyUpdate().first('*')) as
    ContactRow | undefined;
  if (company === undefined || contact === undefined) return null;
  const booking = isStale(meeting, contact) ? await loadBooking(trx, webhookId) : null;
  if (booking === null) return { company, contact, changes: [] };
  await lockVisitor(trx, booking);
  return storeMatch(trx, booking, await lockedMatch(trx, booking));
};
