/** Keeps what a client in TutorCruncher is known to hold of the attributes that Hermes owns. */
import type { Knex } from 'knex';
import { prepared } from '../../db/prepared.ts';
import { storableJson } from '../../domain/values/text.ts';

const keep = `
  insert into remote_record (system, entity, remote_id, known) values ('tc2', 'client', :clientId, :learned)
  on conflict (system, entity, remote_id) do update set
    known = (coalesce(remote_record.known, '{}') - :forgotten::text[]) || excluded.known,
    updated_at = clock_timestamp()`;

/** The client holds these attributes, besides what it was known to hold. */
export const learnAttributes = async (
  db: Knex,
  clientId: number,
  attributes: Readonly<Record<string, string>>,
): Promise<void> => {
  await prepared(db, 'keep_client', keep, { clientId, learned: storableJson(attributes), forgotten: [] });
};

/** Nobody knows what the client holds of these. */
export const forgetAttributes = async (
  db: Knex,
  clientId: number,
  names: readonly string[],
): Promise<void> => {
  await prepared(db, 'keep_client', keep, { clientId, learned: '{}', forgotten: names });
};
