/** Databases that were restored from a backup: what they must not forget, although they cannot remember it. */
import type { Knex } from 'knex';

/** Ids left out of a table: more than a day's new agencies, contacts, deals or calls. */
export const standardGap = 10_000;

/** Tables with a wide id, such as the inbox, grow faster, and their ids never run out. */
const wideFactor = 100;

/** Tables whose ids Pipedrive holds in hermes_id. */
const named = { organization: 'company', person: 'contact', deal: 'deal' } as const;

interface Origin {
  server: string;
  timeline: string;
}

/** Which server the database is on, and how often its history was cut; null where the server does not tell. */
const originOf = async (db: Knex): Promise<Origin | null> => {
  try {
    const { rows } = await db.raw<{ rows: [Origin] }>(
      `select system_identifier::text as server, left(pg_walfile_name(pg_current_wal_lsn()), 8) as timeline
         from pg_control_system()`,
    );
    return rows[0];
  } catch {
    return null;
  }
};

const keepOrigin = async (trx: Knex, origin: Origin): Promise<void> => {
  await trx('database_origin')
    .insert({ ...origin })
    .onConflict('singleton')
    .merge();
};

const leaveOut = async (trx: Knex, gap: number): Promise<number> => {
  for (const [entity, table] of Object.entries(named)) {
    await trx.raw(
      `insert into lost_ids (entity, after, upto, since)
       select :entity, taken.id, taken.id + :gap,
              coalesce((select max(received_at) from webhook), now() - interval '1 day')
         from (select coalesce(pg_sequence_last_value(pg_get_serial_sequence(:table, 'id')::regclass), 0) as id) as taken`,
      { entity, table, gap },
    );
  }
  const { rows } = await trx.raw<{ rows: { moved: string }[] }>(
    `select setval(
              format('%I.%I', schemaname, sequencename)::regclass,
              coalesce(last_value, 0) + case when data_type = 'bigint'::regtype then :wideGap::bigint else :gap end
            ) as moved
       from pg_sequences where schemaname = current_schema() and increment_by > 0
         and sequencename !~ '^(schema_migration|lost_ids|pg_)'`,
    { gap, wideGap: gap * wideFactor },
  );
  return rows.length;
};

/**
 * Notes that the database was restored. The ids of what was lost are known elsewhere (in Pipedrive's hermes_id, in runs of Temporal, in
 * links) and must not be given to something else: the sequences of all ids move on, and which ids were left out is kept, so that what
 * carries one of them in Pipedrive is recognised as ours.
 *
 * @param gap how many ids are left out of each table
 * @returns how many sequences were moved
 */
export const noteRestore = async (db: Knex, gap: number = standardGap): Promise<number> => {
  const origin = await originOf(db);
  return db.transaction(async (trx) => {
    if (origin !== null) await keepOrigin(trx, origin);
    return leaveOut(trx, gap);
  });
};

const isElsewhere = async (db: Knex, origin: Origin | null): Promise<boolean> => {
  const held = await db('database_origin').first<Origin | undefined>('server', 'timeline');
  if (held === undefined || origin === null) return false;
  return held.server !== origin.server || held.timeline !== origin.timeline;
};

/**
 * Whether the database was restored and nobody told of it. A restore to a moment, and a standby that took over, begin a new timeline; a
 * dump that was loaded elsewhere is on another server.
 */
export const looksRestored = async (db: Knex): Promise<boolean> => isElsewhere(db, await originOf(db));

/**
 * Notes a restore that nobody told of. Whether something was lost is not known; leaving ids out costs nothing when there was not.
 *
 * @returns whether there was one
 */
export const noticeRestore = async (db: Knex): Promise<boolean> => {
  const origin = await originOf(db);
  if (await isElsewhere(db, origin)) {
    await noteRestore(db);
    return true;
  }
  if (origin !== null) await keepOrigin(db, origin);
  return false;
};
