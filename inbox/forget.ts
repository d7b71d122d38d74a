/**
 * Erasure of a person: out of the records, the inbox's bodies, the history of changes and the bodies of refused calls.
 *
 * Pipedrive and TutorCruncher are not touched: what stands there is theirs to erase, before or after. What is erased here comes back
 * when one of them sends it again.
 */
import type { Knex } from 'knex';
import type { Database } from '../db/connection.ts';

export type Forgotten =
  | {
      ok: true;
      /** Contacts erased, with the calls that they had booked. */
      contacts: number;
      /** Events that lost their body. */
      events: number;
      changes: number;
      calls: number;
      /** Persons that Pipedrive still holds. */
      pipedrivePersons: number[];
    }
  | { ok: false; reason: string };

interface ContactRow {
  id: number;
  pd_person_id: number | null;
}

/** Whether a column of text or JSON holds the address. */
const holds = (column: string): string => `position(lower(?) in lower(${column}::text)) > 0`;
/** The same for bytes; ASCII stays itself in this encoding, whatever else they are. */
const bytesHold = (bytes: string): string => `position(lower(?) in lower(encode(${bytes}, 'escape'))) > 0`;

const busyReason = async (trx: Knex, contacts: readonly number[], email: string): Promise<string | null> => {
  const planned = await trx('meeting')
    .whereIn('contact_id', [...contacts])
    .where({ status: 'PLANNED' })
    .where('start_time', '>', trx.fn.now())
    .first('id');
  if (planned !== undefined) return 'a call is still to come: cancel it first';
  const running = await trx('webhook as w')
    .leftJoin('webhook as envelope', 'envelope.id', 'w.envelope_id')
    .whereNotNull('w.type')
    .whereRaw(`(w.outcome is null or w.outcome = 'parked')`)
    .whereRaw(bytesHold('coalesce(w.body, envelope.body)'), [email])
    .first('w.id');
  return running === undefined
    ? null
    : 'an event about the person is still being worked on: try again when it ended';
};

/** Who is erased. */
interface Person {
  email: string;
  contactIds: number[];
  /** Pipedrive's ids. */
  personIds: number[];
}

const eraseBodies = (trx: Knex, { email, personIds }: Person): Promise<number> =>
  trx('webhook')
    .whereRaw(`(${bytesHold('body')} or ${holds('read_body')})`, [email, email])
    .orWhereIn(
      'subject',
      personIds.map((id) => `person-${id}`),
    )
    .update({ body: null, read_body: null });

const eraseChanges = (trx: Knex, { email, contactIds }: Person): Promise<number> =>
  trx('field_change')
    .where((either) => void either.where({ entity: 'contact' }).whereIn('record_id', contactIds))
    .orWhereRaw(holds('changes'), [email])
    .delete();

const eraseCalls = async (trx: Knex, { email, contactIds }: Person): Promise<number> => {
  await trx('held_call')
    .whereRaw(holds('body'), [email])
    .orWhere((either) => void either.where({ entity: 'person' }).whereIn('record_id', contactIds))
    .delete();
  return trx('api_call')
    .whereRaw(`(${holds('request_body')} or ${holds('response_body')})`, [email, email])
    .orWhere(
      (either) =>
        void either
          .where({ entity: 'person' })
          .whereIn('record_id', contactIds)
          .whereRaw('coalesce(request_body, response_body) is not null'),
    )
    .update({ request_body: null, response_body: null });
};

/** What Pipedrive was known to hold; of other records that name the address it is read anew. */
const eraseKnowledge = async (trx: Knex, { email, personIds }: Person): Promise<void> => {
  await trx('remote_record')
    .where({ system: 'pipedrive', entity: 'person' })
    .whereIn('remote_id', personIds)
    .delete();
  await trx('remote_record')
    .whereRaw(`(${holds('known')} or ${holds('recent_writes')})`, [email, email])
    .update({ known: null, recent_writes: '[]' });
};

/**
 * Erases everybody with an e-mail address.
 *
 * @returns what was erased, or why nothing was
 */
export const forgetPerson = (db: Database, email: string): Promise<Forgotten> =>
  db.transaction(async (trx) => {
    const contacts = await trx('contact')
      .whereRaw('lower(email) = lower(?)', [email])
      .forUpdate()
      .select<ContactRow[]>('id', 'pd_person_id');
    const contactIds = contacts.map(({ id }) => id);
    const personIds = contacts.map((row) => row.pd_person_id).filter((id) => id !== null);
    const busy = await busyReason(trx, contactIds, email);
    if (busy !== null) return { ok: false, reason: busy };

    const person: Person = { email, contactIds, personIds };
    const events = await eraseBodies(trx, person);
    const changes = await eraseChanges(trx, person);
    const calls = await eraseCalls(trx, person);
    await eraseKnowledge(trx, person);
    await trx('operator_audit').whereRaw(holds('detail'), [email]).update({ detail: 'erased' });
    await trx('contact').whereIn('id', contactIds).delete();
    return {
      ok: true,
      contacts: contactIds.length,
      events,
      changes,
      calls,
      pipedrivePersons: personIds,
    };
  });
