/** Rules that a booking must meet. */
import type { Knex } from 'knex';

/** A contact has no two calls that begin within two hours of each other, two hours included (CBS-17, CBS-18). */
const apartHours = 2;

/** The calls of a contact: where they are, and where those go that are being moved. */
const callsOf = (trx: Knex, contactId: number) =>
  trx('meeting').where((either) => {
    void either
      .where({ contact_id: contactId, status: 'PLANNED' })
      .orWhereIn('moves', trx('meeting').where({ contact_id: contactId, status: 'PLANNED' }).select('id'));
  });

/** @param except a meeting that is being moved */
export const hasMeetingNearby = async (
  trx: Knex,
  contactId: number,
  start: string,
  except: number | null = null,
): Promise<boolean> => {
  const row = await callsOf(trx, contactId)
    .whereRaw(
      `start_time between ?::timestamptz - ? * interval '1 hour' and ?::timestamptz + ? * interval '1 hour'`,
      [start, apartHours, start, apartHours],
    )
    .modify((query) => {
      if (except !== null) void query.whereRaw('coalesce(moves, id) <> ?', [except]);
    })
    .first('id');
  return row !== undefined;
};

/**
 * Takes the admin's turn until the transaction ends. Slots of one admin are given one after the other: two that are inserted at one
 * moment would each wait for the other, until PostgreSQL ends one of them a second later.
 *
 * @returns Google's id of the calendar; null when there is no such admin
 */
export const lockCalendar = async (trx: Knex, adminId: number): Promise<string | null> => {
  const admin = await trx('admin')
    .where({ id: adminId })
    .forNoKeyUpdate()
    .first<{ username: string } | undefined>('username');
  return admin?.username ?? null;
};

/** Tells the admin's row from a later one, which may name another calendar; null when there is no such admin. */
export const adminVersion = async (trx: Knex, adminId: number): Promise<string | null> => {
  const admin = await trx('admin')
    .where({ id: adminId })
    .first<{ version: string } | undefined>(trx.raw('xmin::text as version'));
  return admin?.version ?? null;
};

/** PostgreSQL's code when two rows would hold one slot. */
const exclusionViolation = '23P01';

/** Whether an insert or update failed because somebody else has the slot. */
export const isSlotTaken = (error: unknown): boolean =>
  (error as { code?: unknown } | null)?.code === exclusionViolation;
