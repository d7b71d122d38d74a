/** First step of a booking: judges it by what Hermes knows, and stores whom it is for. */
import type { Knex } from 'knex';
import type { Booking } from '../../../domain/callbooker/booking.ts';
import {
  adminNotFound,
  meetingNearby,
  refused,
  tooLate,
  type Refusal,
} from '../../../domain/callbooker/refusals.ts';
import { isPricePlan } from '../../../domain/company/terms.ts';
import type { ReadyBooking } from '../../../workflows/bookingSteps.ts';
import type { EventInput } from '../../../workflows/names.ts';
import { auditChanges } from '../changes.ts';
import type { HermesDependencies } from '../deps.ts';
import { entryStageOf } from '../newDeal.ts';
import { lockedMatch, lockVisitor, storeMatch, type Match } from './match.ts';
import { meetingTerms } from './meetingTerms.ts';
import { bookingState, closeRefused, loadBooking } from './row.ts';
import { adminVersion, hasMeetingNearby } from './rules.ts';

/** A sales call without an open deal needs a place for a new one (CBS-41). */
const dealRefusal = async (trx: Knex, booking: Booking, match: Match): Promise<Refusal | null> => {
  if (booking.kind === 'support') return null;
  const { company } = match;
  if (company !== undefined) {
    const open = await trx('deal').where({ company_id: company.id, status: 'open' }).first('id');
    if (open !== undefined) return null;
  }
  const plan = company?.price_plan;
  const entry = await entryStageOf(trx, isPricePlan(plan) ? plan : booking.pricePlan);
  return entry.ok ? null : refused(400, entry.message);
};

const judge = async (trx: Knex, booking: Booking, match: Match): Promise<Refusal | null> => {
  if (booking.kind === 'support' && match.company === undefined) return refused(404, 'Company not found');
  if ((match.contact?.email ?? '') === '' && booking.email === null) {
    return refused(400, 'Contact must have an email address to book a meeting.');
  }
  const deal = await dealRefusal(trx, booking, match);
  if (deal !== null) return deal;
  const { contact } = match;
  if (contact !== undefined && (await hasMeetingNearby(trx, contact.id, booking.start.toISOString()))) {
    return meetingNearby;
  }
  return null;
};

/**
 * Judges a booking and stores its company and contact, which stay whatever the calendar says: a visitor who was told no once
 * comes again. Nothing is stored for a booking that is refused here.
 */
export const prepareBooking =
  ({ db, environment, logger }: HermesDependencies) =>
  async ({ webhookId }: EventInput): Promise<ReadyBooking | Refusal> => {
    const booking = await loadBooking(db, webhookId);
    if (booking === null) {
      await closeRefused(db, webhookId, tooLate);
      return tooLate;
    }
    const terms = await meetingTerms(db, environment);
    const result = await db.transaction(async (trx): Promise<ReadyBooking | Refusal> => {
      if ((await bookingState(trx, webhookId)) !== 'open') return tooLate;
      const version = await adminVersion(trx, booking.adminId);
      if (version === null) return adminNotFound;

      await lockVisitor(trx, booking);
      const match = await lockedMatch(trx, booking);
      const refusal = await judge(trx, booking, match);
      if (refusal !== null) return refusal;
      const { company, contact, changes } = await storeMatch(trx, booking, match);
      await auditChanges(trx, { source: 'callbooker', webhookId }, changes);
      await trx('webhook').where({ id: webhookId }).update({ company_id: company.id });
      return {
        kind: 'ready',
        adminId: booking.adminId,
        adminVersion: version,
        companyId: company.id,
        contactId: contact.id,
        start: booking.start.toISOString(),
        end: new Date(booking.start.getTime() + terms.durationMins * 60_000).toISOString(),
      };
    });
    if (result.kind === 'refused') {
      await closeRefused(db, webhookId, result);
      logger.info({ webhookId, status: result.status, reason: result.message }, 'a booking was refused');
    }
    return result;
  };
