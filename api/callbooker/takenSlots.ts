import type { Knex } from 'knex';
import type { Period } from '../../domain/availability/touching.ts';

/**
 * Calls booked here that still hold their slot, buffer included.
 *
 * @param except a call that is about to be moved
 */
export const takenSlots = async (
  db: Knex,
  adminId: number,
  from: Date,
  to: Date,
  except: number | null = null,
): Promise<Period[]> => {
  const rows = await db('meeting')
    .where({ admin_id: adminId })
    // A day beyond the end, because the buffer behind the last slot counts too.
    .whereRaw(`slot && tstzrange(?, ?::timestamptz + interval '1 day')`, [from, to])
    .modify((query) => {
      if (except !== null) void query.whereNot({ id: except });
    })
    .select<Period[]>(db.raw('lower(slot) as start'), db.raw('upper(slot) as "end"'));
  return rows;
};
