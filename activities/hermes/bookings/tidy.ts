/** Finds what bookings left behind when a process ended in between, and whose calendars must be looked at. */
import type { Knex } from 'knex';
import { tooLate } from '../../../domain/callbooker/refusals.ts';
import type { HermesDependencies } from '../deps.ts';
import { closeRefused } from './row.ts';

/** No booking and no move takes this long; their runs do nothing more after a few seconds. */
const abandonedMinutes = 10;

/** Slots whose run was ended from outside: their visitors were told no. Their rows in the inbox were closed long before. */
export const isAbandoned = (meetings: Knex.QueryBuilder): void => {
  void meetings
    .where({ status: 'PLANNED' })
    .whereNull('calendar_synced_at')
    .whereNotNull('slot')
    .whereRaw(`created < now() - ? * interval '1 minute'`, [2 * abandonedMinutes]);
};

/**
 * Closes bookings that were never started: their visitors were told no. Drops held slots whose run was terminated.
 *
 * @returns ids of the admins who have a call ahead, or in whose calendar a booking without a run may have left its event
 */
export const tidyBookings =
  ({ db, logger }: HermesDependencies) =>
  async (): Promise<number[]> => {
    const abandoned = await db('webhook')
      .where({ source: 'callbooker' })
      .whereNull('outcome')
      .whereRaw(`received_at < now() - ? * interval '1 minute'`, [abandonedMinutes])
      .pluck<number[]>('id');
    for (const id of abandoned) await db.transaction((trx) => closeRefused(trx, id, tooLate));
    const holds = await db('meeting')
      .where({ status: 'CANCELED' })
      .whereNull('contact_id')
      .whereNotNull('slot')
      .whereRaw(`created < now() - ? * interval '1 minute'`, [abandonedMinutes])
      .delete();
    if (abandoned.length > 0 || holds > 0) {
      logger.warn({ bookings: abandoned, holds }, 'bookings that came to no end were closed');
    }
    return db('meeting')
      .where({ status: 'PLANNED' })
      .whereNotNull('admin_id')
      .where(
        (either) =>
          void either
            .where(
              (ahead) => void ahead.whereNotNull('calendar_synced_at').where('start_time', '>', db.fn.now()),
            )
            .orWhere((left) => void left.modify(isAbandoned)),
      )
      .distinct('admin_id')
      .orderBy('admin_id')
      .pluck<number[]>('admin_id');
  };
