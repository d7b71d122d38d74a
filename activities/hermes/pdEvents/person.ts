/** Stores what Pipedrive says of a person, whether it came with a webhook or was read for a deal. */
import type { CompanyRow, ContactRow } from '../../../db/models/index.ts';
import type { Fields } from '../../../domain/pipedrive/fields.ts';
import { copiedFields, type BuiltIns } from '../../../domain/pipedriveWebhook/copiedFields.ts';
import { hermesIdField, hermesIdsOf } from '../../../domain/pipedriveWebhook/hermesIds.ts';
import { judge } from '../../../domain/pipedriveWebhook/judge.ts';
import { nameParts, personNameOf, primaryOf } from '../../../domain/pipedriveWebhook/person.ts';
import { isOwnCreate } from '../../../domain/pipedriveWebhook/subject.ts';
import { loadCompanyState } from '../../pipedrive/companyState.ts';
import { anyChanged, auditChanges, fieldChanges, type RecordChange } from '../changes.ts';
import { changeCustomValues } from '../customValues.ts';
import { loadAdmins } from './admins.ts';
import { companyOfOrganization } from './companyReference.ts';
import { adoptableContact, findContact, intendedContact, lockContact } from './contactMatch.ts';
import type { PdContext, PdSubject } from './context.ts';
import { keepLearned } from './learn.ts';
import { bury, isOrdered, linkRecord, removed } from './link.ts';
import { raise } from './raise.ts';
import { ignored, type PdVerdict } from './verdict.ts';

const entity = 'person';

/**
 * The name becomes two columns; it is split when it is stored.
 *
 * @param companyId the company that the person's organization is
 */
const builtInsOf = (companyId: number | null): BuiltIns => ({
  name: { column: 'name', convert: (value) => nameParts(value) ?? undefined },
  emails: { column: 'email', convert: (value) => primaryOf(value) ?? undefined },
  phones: { column: 'phone', convert: (value) => primaryOf(value) ?? undefined },
  org_id: { column: 'company_id', convert: () => companyId ?? undefined },
});

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

const linkContact = (context: PdContext, contact: ContactRow, personId: number): Promise<RecordChange> => {
  const { id, company_id: companyId, pd_person_id: before } = contact;
  return linkRecord(context, entity, { id, companyId, before }, personId);
};

const insertContact = async (
  { trx }: PdContext,
  companyId: number,
  personId: number,
): Promise<ContactRow> => {
  const { country } = (await trx('company').where({ id: companyId }).first('country')) as {
    country: string | null;
  };
  const [contact] = (await trx('contact')
    .insert({ company_id: companyId, pd_person_id: personId, country })
    .returning('*')) as [ContactRow];
  return contact;
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
    .forNoKeyUpdate()
    .select<ContactRow[]>('*');
  const changes: RecordChange[] = [];
  for (const other of others) {
    const patch = { is_deleted: true, pd_person_id: null, deleted_by: other.deleted_by ?? 'merge' };
    await trx('contact').where({ id: other.id }).update(patch);
    changes.push(change(other, fieldChanges(other, patch)));
  }
  return changes;
};

/** First and last name stand in for a name that the report does not give. */
const withName = (subject: PdSubject): PdSubject => {
  const name = personNameOf(subject.report.fields);
  if (name === null) return subject;
  return { ...subject, report: { ...subject.report, fields: { ...subject.report.fields, name } } };
};

/** What led to the contact that is updated. */
interface Origin {
  /** The contact was made for the person. */
  created: boolean;
  newlyLinked: boolean;
  ownCreate: boolean;
  /** The company that the person's organization is. */
  companyId: number | null;
  /** What was changed on the way. */
  changes: RecordChange[];
  note: string | null;
}

const isBehind = async ({ trx }: PdContext, companyId: number): Promise<boolean> => {
  const company = (await trx('company')
    .where({ id: companyId })
    .first('wanted_version', 'pipedrive_synced_version')) as CompanyRow;
  return company.wanted_version > company.pipedrive_synced_version;
};

const updateContact = async (
  context: PdContext,
  reported: PdSubject,
  contactId: number,
  { created, newlyLinked, ownCreate, companyId, changes, note }: Origin,
): Promise<PdVerdict> => {
  const { trx, map } = context;
  const contact = (await trx('contact').where({ id: contactId }).forNoKeyUpdate().first('*')) as ContactRow;
  const behind = await isBehind(context, contact.company_id);
  const wantedBefore = await wantedOf(context, contact);
  const admins = await loadAdmins(context);
  const subject = withName(reported);
  const idField = hermesIdField(map, entity);
  const copied = copiedFields(map, entity, {
    builtIns: builtInsOf(companyId),
    notCopied: ['hermes_id'],
    admins,
  });
  const judgement = judge(subject, copied, idField, {
    row: { ...contact },
    wanted: wantedBefore,
    // A contact that is made of the report has nothing of its own to send: all that the report holds counts.
    isBehind: behind && !created,
    newlyLinked,
    ownCreate,
  });

  const { name: parts, ...columns } = judgement.columns;
  const moves = companyId !== null && companyId !== contact.company_id && !ownCreate;
  const patch: Record<string, unknown> = {
    ...columns,
    ...(parts as object | undefined),
    ...(moves ? { company_id: companyId } : {}),
  };
  if (Object.keys(patch).length > 0) await trx('contact').where({ id: contactId }).update(patch);
  const values = await changeCustomValues(trx, 'contact_id', contactId, judgement.values);
  const after = { ...contact, ...patch } as ContactRow;
  const allChanges = [
    ...changes,
    change(after, { ...fieldChanges(contact, patch), ...values }),
    ...(await endOthers(context, contactId, hermesIdsOf(reported, idField))),
  ];
  const changed = anyChanged(allChanges);

  const undone = await keepLearned(context, entity, subject, judgement, {
    wanted: changed ? await wantedOf(context, after) : wantedBefore,
    settled: created || !behind,
    verbatim: ['emails', 'phones'],
    asIs: [],
  });
  await auditChanges(trx, context.by, allChanges);
  if (undone && !ownCreate) await raise(context, after.company_id);
  return { kind: 'stored', companyId: after.company_id, changed, note };
};

/** Whoever makes contacts of one company takes turns: a booking may be making the same one. */
const lockCompany = async ({ trx }: PdContext, companyId: number): Promise<void> => {
  await trx('company').where({ id: companyId }).forNoKeyUpdate().first('id');
};

/** A contact for a person that only Pipedrive knows: under the company of the person's organization (PDP-01, PDP-16, PDP-23). */
export const createContact = async (
  context: PdContext,
  subject: PdSubject,
  companyId: number,
): Promise<PdVerdict> => {
  const origin = { newlyLinked: true, companyId, note: null };
  await lockCompany(context, companyId);
  const intended = await intendedContact(context, subject, companyId);
  const { emails } = subject.report.fields;
  const existing = intended ?? (await adoptableContact(context, companyId, primaryOf(emails)));
  if (existing !== undefined) {
    return updateContact(context, subject, existing.id, {
      ...origin,
      created: false,
      ownCreate: intended !== undefined,
      changes: [await linkContact(context, existing, subject.id)],
    });
  }
  const contact = await insertContact(context, companyId, subject.id);
  return updateContact(context, subject, contact.id, {
    ...origin,
    created: true,
    ownCreate: false,
    changes: [change(contact, fieldChanges(null, { pd_person_id: subject.id }))],
  });
};

/** Stores a person. The caller holds its turn. @throws when a contact became the person's meanwhile: the event is applied afresh then */
export const storePerson = async (context: PdContext, subject: PdSubject): Promise<PdVerdict> => {
  const ids = hermesIdsOf(subject, hermesIdField(context.map, entity));
  const organizationId = subject.report.fields.org_id;
  const found = await findContact(context, subject, ids);
  const reference =
    found.kind !== 'none' && typeof organizationId === 'number'
      ? await companyOfOrganization(context, organizationId)
      : null;
  if (reference?.kind === 'waiting') return reference.verdict;

  const match = await lockContact(context, subject, ids);
  if (match.kind === 'none') {
    context.deps.logger.warn(
      { webhookId: context.by.webhookId, personId: subject.id, hermesIds: ids },
      'neither the person nor its hermes_id leads to a contact',
    );
    return ignored(match.reason);
  }
  if (found.kind === 'none') throw new Error(`person ${subject.id} got a contact meanwhile`);
  const companyId = reference?.kind === 'company' ? reference.id : null;
  const reason = reference?.kind === 'none' ? reference.reason : null;

  if (match.kind === 'unknown') {
    if (companyId !== null) return createContact(context, subject, companyId);
    return ignored(reason ?? 'a person without an organization');
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
  const contact = (await trx('contact').where({ pd_person_id: subject.id }).forNoKeyUpdate().first('*')) as
    ContactRow | undefined;
  await bury(context, entity, subject, contact?.id ?? null);
  if (contact !== undefined) {
    const deletedBy = subject.mergedTo === null ? ('pipedrive' as const) : ('merge' as const);
    const deleted = { is_deleted: true, deleted_by: deletedBy };
    const patch = { pd_person_id: null, ...(isOrdered(subject) ? {} : deleted) };
    await trx('contact').where({ id: contact.id }).update(patch);
    await auditChanges(trx, context.by, [change(contact, fieldChanges(contact, patch))]);
  }
  return removed(subject, contact?.company_id ?? null);
};
