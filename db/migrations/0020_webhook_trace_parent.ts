import type { Knex } from 'knex';

/** The trace in which an event arrived: its run may be started later, and by another process. */
const sql = /* sql */ `
-- A W3C traceparent; null without tracing.
alter table webhook add column trace_parent text;
`;

export const up = async (knex: Knex): Promise<void> => {
  await knex.raw(sql);
};
