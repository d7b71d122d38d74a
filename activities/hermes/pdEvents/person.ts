/** Stores what Pipedrive says of a person, whether it came with a webhook or was read for a deal. */
import type { CompanyRow, ContactRow } from '../../../db/models/index.ts';
import { isPricePlan } from '../../../domain/company/terms.ts';
import { isEmpty, type Fields } from '../../../domain/pipedrive/fields.ts';
import { matchRecord, type Match } from '../../../domain/pipedriveWebhook/match.ts';
import { nameParts, personNameOf, primaryOf } from '../../../domain/pipedriveWebhook/person.ts';
import { loadCompanyState } from '../../pipedrive/companyState.ts';
import { auditChanges, fieldChanges, type RecordChange } from '../changes.ts';
import { ignored, type PdContext, type PdSubject, type PdVerdict } from './event.ts';
import {
  epitaph,
  hermesIdField,
  hermesIdsOf,
  isOwnCreate,
  judge,
  keepLearned,
  loadAdmins,
  storeValues,
  type BuiltIns,
} from './judge.ts';
import { companyOfOrganization } from './organization.ts';
import { referenceState } from './reference.ts';
import { lockRemoteRecord, saveRemoteRecord } from '../remoteRecord.ts';

const entity = 'person';

/** The name becomes two columns; it is split when it is stored. */
const builtIns: BuiltIns = {
  name: { column: 'name', convert: (value) => nameParts(value) ?? undefined },
  emails: { column: 'email', convert: (value) => primaryOf(value) ?? undefined },
  phones: { column: 'phone', convert: (value) => primaryOf(value) ?? undefined },
};

const wantedOf = async ({ trx, deps, map }: PdContext, contact: ContactRow): Promise<Fields> => {
  const state = await loadCompanyState(trx, deps.environment, map, contact.company_id);
  return state?.input.contacts.find(({ id }) => id === contact.id)?.wanted ?? {};
};

const change = (
  contact: { id: number; company_id: number },
  fields: RecordChange['fields'],
): RecordChange => ({
  entity: 'contact',
  recordId: contact.id,
  companyId: contact.company_id,
  fields,
});

/** The contact whose create is under way, where persons do not carry our ids. */
const intendedContact = async (
  { trx, map }: PdContext,
  subject: PdSubject,
  companyId: number,
): Promise<ContactRow | undefined> => {
  if (!subject.isCreate || subject.report.fromApp || map.keys.person.hermes_id !== undefined)
    return undefined;
  return (await trx('contact')
    .join('create_intent as intent', 'intent.record_id', 'contact.id')
    .where({ 'intent.entity': entity, 'contact.company_id': companyId })
    .whereNull('contact.pd_person_id')
    .whereRaw(`trim(concat_ws(' ', contact.first_name, contact.last_name)) = ?`, [
      personNameOf(subject.report.fields) ?? '',
    ])
    .first('contact.*')) as ContactRow | undefined;
};

/** A live contact of the company that has the address and is nobody in Pipedrive yet: the same person (PDP-28). */
const adoptable = async (
  { trx }: PdContext,
  companyId: number,
  email: string | null,
): Promise<ContactRow | undefined> => {
  if (email === null) return undefined;
  return (await trx('contact')
    .where({ company_id: companyId, is_deleted: false })
    .whereNull('pd_person_id')
    .whereRaw('lower(email) = lower(?)', [email])
    .orderBy('id')
    .forUpdate()
    .first('*')) as ContactRow | undefined;
};

const linkContact = async (
  { trx }: PdContext,
  contact: ContactRow,
  remoteId: number,
): Promise<RecordChange> => {
  await trx('contact').where({ id: contact.id }).update({ pd_person_id: remoteId });
  await trx('create_intent').where({ entity, record_id: contact.id }).delete();
  return change(contact, { pd_person_id: { before: contact.pd_person_id, after: remoteId } });
};

const insertContact = async (
  { trx }: PdContext,
  companyId: number,
  remoteId: number,
): Promise<{ contact: ContactRow; changes: RecordChange[] }> => {
  const { country } = (await trx('company').where({ id: companyId }).first('country')) as {
    country: string | null;
  };
  const [contact] = (await trx('contact')
    .insert({ company_id: companyId, pd_person_id: remoteId, country })
    .returning('*')) as [ContactRow];
  return { contact, changes: [change(contact, fieldChanges(null, { pd_person_id: remoteId }))] };
};

/** The other contacts that a merged person lists are the same person: they end (PDM-02, PDM-37). */
const endOthers = async (
  { trx }: PdContext,
  contactId: number,
  ids: readonly number[],
): Promise<RecordChange[]> => {
  if (ids.length < 2) return [];
  const others = await trx('contact')
    .whereIn('id', [...ids])
    .whereNot({ id: contactId })
    .where((query) => void query.where({ is_deleted: false }).orWhereNotNull('pd_person_id'))
    .orderBy('id')
    .forUpdate()
    .select<ContactRow[]>('*');
  const changes: RecordChange[] = [];
  for (const other of others) {
    const patch = { is_deleted: true, pd_person_id: null, deleted_by: other.deleted_by ?? 'merge' };
    await trx('contact').where({ id: other.id }).update(patch);
    changes.push(change(other, fieldChanges(other, patch)));
  }
  return changes;
};

interface StoreSteps {
  created: boolean;
  newlyLinked: boolean;
  ownCreate: boolean;
  /** The company that the person's organization is. */
  companyId: number | null;
  changes: RecordChange[];
  note: string | null;
}

const updateContact = async (
  context: PdContext,
  subject: PdSubject,
  contactId: number,
  steps: StoreSteps,
): Promise<PdVerdict> => {
  const { trx } = context;
  const contact = (await trx('contact').where({ id: contactId }).forUpdate().first('*')) as ContactRow;
  const name = personNameOf(subject.report.fields);
  const named: PdSubject = {
    ...subject,
    report: { ...subject.report, fields: { ...subject.report.fields, ...(name === null ? {} : { name }) } },
  };
  const company = (await trx('company')
    .where({ id: contact.company_id })
    .first('wanted_version', 'pipedrive_synced_version')) as CompanyRow;
  const isBehind = company.wanted_version > company.pipedrive_synced_version;
  const wantedBefore = await wantedOf(context, contact);
  const judgement = judge(context, entity, named, {
    row: { ...contact },
    wanted: wantedBefore,
    isBehind,
    newlyLinked: steps.newlyLinked,
    ownCreate: steps.ownCreate,
    builtIns,
    notCopied: ['hermes_id'],
    admins: await loadAdmins(context),
  });
  const { name: parts, ...others } = judgement.columns;
  const patch: Record<string, unknown> = { ...others, ...(parts as object | undefined) };
  if (steps.companyId !== null && steps.companyId !== contact.company_id && !steps.ownCreate) {
    patch['company_id'] = steps.companyId;
  }
  if (Object.keys(patch).length > 0) await trx('contact').where({ id: contactId }).update(patch);
  const values = await storeValues(context, 'contact_id', contactId, judgement.values);
  const after = { ...contact, ...patch } as ContactRow;
  const changes = [
    ...steps.changes,
    change(after, { ...fieldChanges(contact, patch), ...values }),
    ...(await endOthers(context, contactId, hermesIdsOf(context, entity, subject))),
  ];
  const changed = changes.some(({ fields }) => Object.keys(fields).length > 0);
  await keepLearned(context, entity, named, judgement, {
    wanted: changed ? await wantedOf(context, after) : wantedBefore,
    settled: steps.created || !isBehind,
    verbatim: ['emails', 'phones'],
    asIs: [],
  });
  await auditChanges(trx, context.by, changes);
  return { kind: 'stored', companyId: after.company_id, changed, note: steps.note };
};

const findContact = async (
  context: PdContext,
  subject: PdSubject,
  ids: readonly number[],
): Promise<Match> => {
  const rows = await context
    .trx('contact')
    .where({ pd_person_id: subject.id })
    .orWhereIn('id', [...ids])
    .orderBy('id')
    .forUpdate()
    .select<ContactRow[]>('*');
  return matchRecord(
    rows.find((row) => row.pd_person_id === subject.id),
    ids,
    rows.map((row) => ({ id: row.id, remoteId: row.pd_person_id, is_deleted: row.is_deleted })),
    subject.mergedFrom,
  );
};

/** A contact for a person that only Pipedrive knows: under the company of the person's organization (PDP-01, PDP-16, PDP-23). */
const createContact = async (
  context: PdContext,
  subject: PdSubject,
  companyId: number,
): Promise<PdVerdict> => {
  const steps = { newlyLinked: true, companyId, note: null };
  const intended = await intendedContact(context, subject, companyId);
  const existing = intended ?? (await adoptable(context, companyId, primaryOf(subject.report.fields.emails)));
  if (existing !== undefined) {
    return updateContact(context, subject, existing.id, {
      ...steps,
      created: false,
      ownCreate: intended !== undefined,
      changes: [await linkContact(context, existing, subject.id)],
    });
  }
  const { contact, changes } = await insertContact(context, companyId, subject.id);
  return updateContact(context, subject, contact.id, { ...steps, created: true, ownCreate: false, changes });
};

/** Stores a person. The caller holds its turn. */
export const storePerson = async (context: PdContext, subject: PdSubject): Promise<PdVerdict> => {
  const ids = hermesIdsOf(context, entity, subject);
  const match = await findContact(context, subject, ids);
  if (match.kind === 'none') {
    context.deps.logger.warn(
      { webhookId: context.by.webhookId, personId: subject.id, hermesIds: ids },
      'neither the person nor its hermes_id leads to a contact',
    );
    return ignored(match.reason);
  }

  const organizationId = subject.report.fields.org_id;
  const hasOrganization = typeof organizationId === 'number';
  if (match.kind === 'unknown' && !hasOrganization) return ignored('a person without an organization');
  const reference = hasOrganization ? await companyOfOrganization(context, organizationId) : null;
  if (reference?.kind === 'waiting') return reference.verdict;
  const companyId = reference?.kind === 'company' ? reference.id : null;
  const reason = reference?.kind === 'none' ? reference.reason : null;

  if (match.kind === 'unknown') {
    return companyId === null ? ignored(reason ?? 'no company') : createContact(context, subject, companyId);
  }
  const newlyLinked = match.kind === 'link';
  const changes: RecordChange[] = [];
  if (newlyLinked) {
    const contact = (await context.trx('contact').where({ id: match.id }).first('*')) as ContactRow;
    changes.push(await linkContact(context, contact, subject.id));
  }
  return updateContact(context, subject, match.id, {
    created: false,
    newlyLinked,
    ownCreate: newlyLinked && isOwnCreate(subject, ids),
    companyId,
    changes,
    note: reason,
  });
};

/** A person was deleted, or merged into another one (PDP-15, PDM-43). A delete that Hermes ordered only ends the link. */
export const removePerson = async (context: PdContext, subject: PdSubject): Promise<PdVerdict> => {
  const { trx } = context;
  const ordered = subject.record.deletion_ordered_at !== null;
  const contact = (await trx('contact').where({ pd_person_id: subject.id }).forUpdate().first('*')) as
    ContactRow | undefined;
  await saveRemoteRecord(trx, 'pipedrive', entity, subject.id, {
    known: epitaph(context, entity, contact?.id ?? null) ?? subject.record.known,
  });
  if (contact !== undefined) {
    const deletedBy = subject.mergedTo === null ? ('pipedrive' as const) : ('merge' as const);
    const patch = { pd_person_id: null, ...(ordered ? {} : { is_deleted: true, deleted_by: deletedBy }) };
    await trx('contact').where({ id: contact.id }).update(patch);
    await auditChanges(trx, context.by, [change(contact, fieldChanges(contact, patch))]);
  }
  return {
    kind: 'stored',
    companyId: contact?.company_id ?? null,
    changed: contact !== undefined,
    note: ordered ? 'Hermes itself ordered the delete' : null,
  };
};

export type ContactReference =
  | { kind: 'contact'; id: number }
  | { kind: 'none'; reason: string }
  | { kind: 'waiting'; verdict: PdVerdict };

const none = (reason: string): ContactReference => ({ kind: 'none', reason });

/** Who has the address already. */
const holderOf = async ({ trx }: PdContext, email: string): Promise<ContactRow[]> =>
  trx('contact').whereRaw('lower(email) = lower(?)', [email]).orderBy('id').select<ContactRow[]>('*');

/**
 * The contact of a deal's person; an unknown one is read, and becomes a contact of the deal's company (PDP-28).
 *
 * Not for a company that is deleted, NARC or of an unknown plan; not for a person without an address, with an id of ours, or with the
 * address of somebody else.
 */
export const contactOfPerson = async (
  context: PdContext,
  personId: number,
  company: CompanyRow,
): Promise<ContactReference> => {
  const linked = (await context.trx('contact').where({ pd_person_id: personId }).first('*')) as
    ContactRow | undefined;
  if (linked !== undefined) return { kind: 'contact', id: linked.id };
  if (company.is_deleted || company.narc || !isPricePlan(company.price_plan)) {
    return none(`no contact is made for person ${personId}: the company takes none`);
  }
  const state = await referenceState(context, { entity, id: personId });
  if (state.kind === 'readNeeded') return { kind: 'waiting', verdict: state };
  if (state.kind === 'unavailable') return none(`person ${personId} could not be read`);
  const { fields } = state.subject.report;
  const email = primaryOf(fields.emails);
  if (email === null) return none(`person ${personId} has no e-mail address`);
  if (!isEmpty(fields[hermesIdField(context, entity)])) return none(`person ${personId} has a hermes_id`);
  const holders = await holderOf(context, email);
  const isFree = holders.every(
    (row) => row.company_id === company.id && !row.is_deleted && row.pd_person_id === null,
  );
  if (!isFree) return none(`the address of person ${personId} belongs to another contact`);
  await lockRemoteRecord(context.trx, 'pipedrive', entity, personId);
  await createContact(context, state.subject, company.id);
  const made = (await context.trx('contact').where({ pd_person_id: personId }).first('id')) as { id: number };
  await saveRemoteRecord(context.trx, 'pipedrive', entity, personId, { event_at: state.subject.happenedAt });
  return { kind: 'contact', id: made.id };
};
