import type { Knex } from 'knex';

/**
 * The time that nobody else gets: a call and the buffer behind it. Without a buffer the moment of its end counts too, because calls
 * that touch are no more free than those that overlap (CAL-03, CAL-05).
 */
export const slotRange = (db: Knex, start: Date, end: Date, bufferMins: number): Knex.Raw =>
  db.raw('tstzrange(?, ?, ?)', [
    start,
    new Date(end.getTime() + bufferMins * 60_000),
    bufferMins === 0 ? '[]' : '[)',
  ]);
