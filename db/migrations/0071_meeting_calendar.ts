import type { Knex } from 'knex';

/** A call remembers in whose calendar its event stands: its admin's e-mail may change. */
const sql = /* sql */ `
-- The e-mail of the admin as of the booking, which is Google's id of the calendar; null counts as today's.
alter table meeting add column calendar_id text;
update meeting set calendar_id = admin.username from admin
  where admin.id = meeting.admin_id and meeting.calendar_synced_at is not null and meeting.start_time > now();
`;

export const up = async (knex: Knex): Promise<void> => {
  await knex.raw(sql);
};
