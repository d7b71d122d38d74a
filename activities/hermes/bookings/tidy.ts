/** Finds what bookings left behind when a process ended in between, and whose calendars must be looked at. */
import { tooLate } from '../../../domain/callbooker/refusals.ts';
import type { HermesDependencies } from '../deps.ts';
import { abandonedMinutes, isLeftover } from './leftovers.ts';
import { closeRefused } from './row.ts';

/**
 * Closes bookings that were never started: their visitors were told no. Drops held slots whose run was terminated.
 *
 * @returns ids of the admins who have a call ahead, or in whose calendar an event was left
 */
export const tidyBookings =
  ({ db, logger }: HermesDependencies) =>
  async (): Promise<number[]> => {
    const abandoned = await db('webhook')
      .where({ source: 'callbooker' })
      .whereNull('outcome')
      .whereNotNull('type')
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
      .whereNotNull('admin_id')
      .where(
        (either) =>
          void either
            .where(
              (ahead) =>
                void ahead
                  .where({ status: 'PLANNED' })
                  .whereNotNull('calendar_synced_at')
                  .where('start_time', '>', db.fn.now()),
            )
            .orWhere((left) => void left.modify(isLeftover)),
      )
      .distinct('admin_id')
      .orderBy('admin_id')
      .pluck<number[]>('admin_id');
  };
