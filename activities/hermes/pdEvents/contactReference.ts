/** The contact of a deal's person. */
import type { CompanyRow, ContactRow } from '../../../db/models/index.ts';
import { isPricePlan } from '../../../domain/company/terms.ts';
import { isEmpty } from '../../../domain/pipedrive/fields.ts';
import { hermesIdField } from '../../../domain/pipedriveWebhook/hermesIds.ts';
import { primaryOf } from '../../../domain/pipedriveWebhook/person.ts';
import { lockRemoteRecord, saveRemoteRecord } from '../remoteRecord.ts';
import type { PdContext } from './context.ts';
import { createContact } from './person.ts';
import { referenceState } from './reference.ts';
import type { PdVerdict } from './verdict.ts';

export type ContactReference =
  | { kind: 'contact'; id: number }
  | { kind: 'none'; reason: string }
  | { kind: 'waiting'; verdict: PdVerdict };

const none = (reason: string): ContactReference => ({ kind: 'none', reason });

/** Who has the address already. */
const holdersOf = async ({ trx }: PdContext, email: string): Promise<ContactRow[]> =>
  trx('contact').whereRaw('lower(email) = lower(?)', [email]).orderBy('id').select<ContactRow[]>('*');

/**
 * An unknown person is read, and becomes a contact of the deal's company (PDP-28).
 *
 * Not for a company that is deleted, NARC or of an unknown plan; not for a person without an address, with an id of ours, or with the
 * address of somebody else.
 */
export const contactOfPerson = async (
  context: PdContext,
  personId: number,
  company: CompanyRow,
): Promise<ContactReference> => {
  const { trx } = context;
  const find = async (): Promise<ContactReference | null> => {
    const row = (await trx('contact').where({ pd_person_id: personId }).first('id')) as
      { id: number } | undefined;
    return row === undefined ? null : { kind: 'contact', id: row.id };
  };
  const linked = await find();
  if (linked !== null) return linked;
  if (company.is_deleted || company.narc || !isPricePlan(company.price_plan)) {
    return none(`no contact is made for person ${personId}: the company takes none`);
  }
  const state = await referenceState(context, { entity: 'person', id: personId });
  // While this event waited for the person's turn, another may have stored it.
  const stored = await find();
  if (stored !== null) return stored;
  if (state.kind === 'readNeeded') return { kind: 'waiting', verdict: state };
  if (state.kind === 'unavailable') return none(`person ${personId} could not be read`);
  const { fields } = state.subject.report;
  const email = primaryOf(fields.emails);
  if (email === null) return none(`person ${personId} has no e-mail address`);
  if (!isEmpty(fields[hermesIdField(context.map, 'person')])) {
    return none(`person ${personId} has a hermes_id`);
  }
  const holders = await holdersOf(context, email);
  const isFree = holders.every(
    (row) => row.company_id === company.id && !row.is_deleted && row.pd_person_id === null,
  );
  if (!isFree) return none(`the address of person ${personId} belongs to another contact`);
  await lockRemoteRecord(trx, 'pipedrive', 'person', personId);
  await createContact(context, state.subject, company.id);
  const made = (await trx('contact').where({ pd_person_id: personId }).first('id')) as { id: number };
  await saveRemoteRecord(trx, 'pipedrive', 'person', personId, { event_at: state.subject.happenedAt });
  return { kind: 'contact', id: made.id };
};
