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

const holds = (column: string): string => `position(lower(?) in lower(${column}::text)) > 0`;
/** ASCII stays itself in this encoding, whatever else the bytes are. */
const bodyHolds = `position(lower(?) in lower(encode(body, 'escape'))) > 0`;

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
    .whereRaw(`position(lower(?) in lower(encode(coalesce(w.body, envelope.body), 'escape'))) > 0`, [email])
    .first('w.id');
  return running === undefined
    ? null
    : 'an event about the person is still being worked on: try again when it ended';
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
    const ids = contacts.map(({ id }) => id);
    const persons = contacts.map((row) => row.pd_person_id).filter((id) => id !== null);
    const busy = await busyReason(trx, ids, email);
    if (busy !== null) return { ok: false, reason: busy };

    const events = await trx('webhook')
      .whereRaw(`(${bodyHolds} or ${holds('read_body')})`, [email, email])
      .orWhereIn(
        'subject',
        persons.map((id) => `person-${id}`),
      )
      .update({ body: null, read_body: null });
    const changes = await trx('field_change')
      .where((either) => {
        void either.where({ entity: 'contact' }).whereIn('record_id', ids);
      })
      .orWhereRaw(holds('changes'), [email])
      .delete();
    const calls = await trx('api_call')
      .whereRaw(`(${holds('request_body')} or ${holds('response_body')})`, [email, email])
      .orWhere((either) => {
        void either
          .where({ entity: 'person' })
          .whereIn('record_id', ids)
          .whereRaw('coalesce(request_body, response_body) is not null');
      })
      .update({ request_body: null, response_body: null });
    await trx('held_call')
      .whereRaw(holds('body'), [email])
      .orWhere((either) => {
        void either.where({ entity: 'person' }).whereIn('record_id', ids);
      })
      .delete();
    await trx('remote_record')
      .where((person) => {
        void person.where({ system: 'pipedrive', entity: 'person' }).whereIn('remote_id', persons);
      })
      .delete();
    await trx('remote_record')
      .whereRaw(`(${holds('known')} or ${holds('recent_writes')})`, [email, email])
      .update({ known: null, recent_writes: '[]' });
    await trx('operator_audit').whereRaw(holds('detail'), [email]).update({ detail: 'erased' });
    await trx('contact').whereIn('id', ids).delete();
    return { ok: true, contacts: ids.length, events, changes, calls, pipedrivePersons: persons };
  });
