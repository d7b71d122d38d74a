/**
 * The note that a create is about to be sent. It outlives the process: a create whose answer was lost is looked for before it is sent
 * again.
 */
import type { Database } from '../../db/connection.ts';
import { pipedriveLinks } from '../../db/pipedriveLinks.ts';
import { prepared } from '../../db/prepared.ts';
import type { SyncedEntity } from '../../domain/pipedrive/syncedRecord.ts';

/** An earlier create is unresolved, or has linked the record by now: nothing may be sent. */
export class AmbiguousCreate extends Error {
  override name = 'AmbiguousCreate';
}

/** After a restore what is about to be made may be there: so long it is looked for first. */
const lookingDays = 30;

/** An intent of ours. Another process may replace it, once this one's create must be over. */
export interface Intent {
  entity: SyncedEntity;
  recordId: number;
  /** As PostgreSQL writes it: it tells one intent from the next. */
  intendedAt: string;
}

/**
 * Says that a create is about to be sent.
 *
 * The record is locked for it: a create that links it in this very moment has ended its own intent, so the link is looked at again here.
 *
 * @param companyVersion what the create is made of
 * @throws AmbiguousCreate when something must be looked for before
 */
export const declareIntent = async (
  db: Database,
  entity: SyncedEntity,
  recordId: number,
  companyVersion: number,
): Promise<Intent> => {
  const { table, column } = pipedriveLinks[entity];
  const [intent] = await prepared<{ state: string; intended_at: string }>(
    db,
    `declare_intent_${entity}`,
    `with record as (select id from ${table} where id = :recordId and ${column} is null for share)
     insert into create_intent as intent (entity, record_id, state, over_at, company_version)
     select :entity, record.id, case when restored then 'looking' else 'sent' end, case when restored then now() end,
            :companyVersion
       from record, (
         select exists (
           select from lost_ids where entity = :entity and noted_at > now() - interval '${lookingDays} days'
         ) as restored
       ) as history
     on conflict (entity, record_id) do update set
       state = 'sent', intended_at = now(), over_at = null, company_version = excluded.company_version
       where intent.state = 'free'
     returning state, intended_at::text as intended_at`,
    { entity, recordId, companyVersion },
  );
  if (intent?.state !== 'sent') throw new AmbiguousCreate();
  return { entity, recordId, intendedAt: intent.intended_at };
};

const own = (db: Database, { entity, recordId, intendedAt }: Intent) =>
  db('create_intent')
    .where({ entity, record_id: recordId })
    .whereRaw('intended_at = ?::timestamptz', [intendedAt]);

/** Nothing was made. */
export const forgetIntent = async (db: Database, intent: Intent): Promise<void> => {
  await own(db, intent).delete();
};

/** What was sent may have been made, and cannot be made any more once so much time has gone by. */
export const closeIntent = async (db: Database, intent: Intent, overInMs: number): Promise<void> => {
  await own(db, intent).update({
    over_at: db.raw(`clock_timestamp() + ? * interval '1 millisecond'`, [overInMs]),
  });
};
