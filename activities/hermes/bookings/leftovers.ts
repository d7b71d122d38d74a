/** Calls whose event must not stand in a calendar any more, though their run did not take it out. */
import type { Knex } from 'knex';

/** No booking and no move takes this long; their runs do nothing more after a few seconds. */
export const abandonedMinutes = 10;

/** The run was ended from outside after it had taken the slot. Its row in the inbox was closed long before: the visitor was told no. */
const isAbandoned = (meetings: Knex.QueryBuilder): void => {
  void meetings
    .where({ status: 'PLANNED' })
    .whereNull('calendar_synced_at')
    .whereNotNull('slot')
    .whereRaw(`created < now() - ? * interval '1 minute'`, [2 * abandonedMinutes]);
};

/** Cancelled a while ago, and nobody has seen the event go. */
const isStillInvited = (meetings: Knex.QueryBuilder): void => {
  void meetings
    .where({ status: 'CANCELED' })
    .whereRaw(`calendar_synced_at < now() - ? * interval '1 minute' and start_time > now()`, [
      abandonedMinutes,
    ]);
};

/** Restricts a query of meetings to those. */
export const isLeftover = (meetings: Knex.QueryBuilder): void => {
  void meetings.where(
    (either) =>
      void either
        .where((abandoned) => void abandoned.modify(isAbandoned))
        .orWhere((cancelled) => void cancelled.modify(isStillInvited)),
  );
};

/** The event of a cancelled call is gone from the calendar: nothing is left to be done there. */
export const forgetEvent = async (db: Knex, meetingId: number): Promise<void> => {
  await db('meeting').where({ id: meetingId, status: 'CANCELED' }).update({ calendar_synced_at: null });
};
