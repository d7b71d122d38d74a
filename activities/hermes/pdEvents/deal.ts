/** Stores what Pipedrive says of a deal. */
import type { Knex } from 'knex';
import type { CompanyRow, DealRow } from '../../../db/models/index.ts';
import { isEmpty, type Fields } from '../../../domain/pipedrive/fields.ts';
import { isAlike } from '../../../domain/pipedrive/naturalIdentity.ts';
import type { AdminsByOwner } from '../../../domain/pipedriveWebhook/columnValue.ts';
import { copiedFields, type BuiltIns } from '../../../domain/pipedriveWebhook/copiedFields.ts';
import { hermesIdField, hermesIdsOf } from '../../../domain/pipedriveWebhook/hermesIds.ts';
import { judge } from '../../../domain/pipedriveWebhook/judge.ts';
import { matchRecord } from '../../../domain/pipedriveWebhook/match.ts';
import { isOwnCreate } from '../../../domain/pipedriveWebhook/subject.ts';
import { nameOf } from '../../../domain/values/text.ts';
import { loadCompanyState } from '../../pipedrive/companyState.ts';
import { anyChanged, auditChanges, fieldChanges, type RecordChange } from '../changes.ts';
import { changeCustomValues } from '../customValues.ts';
import { loadAdmins } from './admins.ts';
import { contactOfPerson, type ContactReference } from './contactReference.ts';
import type { PdContext, PdSubject } from './context.ts';
import { resolveReferences, type DealReferences } from './dealReferences.ts';
import { keepLearned } from './learn.ts';
import { bury, isOrdered, linkRecord, removed } from './link.ts';
import { unlessLost } from './lostIds.ts';
import { raise } from './raise.ts';
import { ignored, storedWithoutOwner, type PdVerdict } from './verdict.ts';

const entity = 'deal';

/** Fields that a deal is known by beyond those that Hermes writes. */
const tracked = ['status', 'pipeline_id', 'stage_id'];

const statuses: readonly unknown[] = ['open', 'won', 'lost'];

const builtInsOf = (admins: AdminsByOwner, references: DealReferences): BuiltIns => ({
  title: { column: 'name', convert: (value) => nameOf(value) ?? undefined },
  owner_id: { column: 'admin_id', convert: (value) => admins.get(Number(value)) },
  org_id: { column: 'company_id', convert: () => references.companyId ?? undefined },
  pipeline_id: { column: 'pipeline_id', convert: () => references.pipelineId ?? undefined },
  stage_id: { column: 'stage_id', convert: () => references.stageId ?? undefined },
  status: { column: 'status', convert: (value) => (statuses.includes(value) ? value : undefined) },
});

const wantedOf = async ({ trx, deps, map }: PdContext, deal: DealRow): Promise<Fields> => {
  const state = await loadCompanyState(trx, deps.environment, map, deal.company_id);
  return state?.input.deals.find(({ id }) => id === deal.id)?.wanted ?? {};
};

/** What a deal is in Pipedrive's words beyond what Hermes writes. */
const trackedOf = async ({ trx }: PdContext, deal: DealRow): Promise<Fields> => {
  const row = (await trx('deal')
    .leftJoin('pipeline', 'pipeline.id', 'deal.pipeline_id')
    .leftJoin('stage', 'stage.id', 'deal.stage_id')
    .where('deal.id', deal.id)
    .first('pipeline.pd_pipeline_id', 'stage.pd_stage_id')) as {
    pd_pipeline_id: number | null;
    pd_stage_id: number | null;
  };
  return { status: deal.status, pipeline_id: row.pd_pipeline_id, stage_id: row.pd_stage_id };
};

/** What led to the deal that is updated. */
interface Origin {
  /** The deal's company, where it was locked on the way. */
  company: CompanyRow | null;
  references: DealReferences;
  admins: AdminsByOwner;
  /** The deal was made for the one in Pipedrive. */
  created: boolean;
  newlyLinked: boolean;
  ownCreate: boolean;
  /** What was changed on the way. */
  changes: RecordChange[];
  note: string | null;
}

const change = (deal: { id: number; company_id: number }, fields: RecordChange['fields']): RecordChange => ({
  entity: 'deal',
  recordId: deal.id,
  companyId: deal.company_id,
  fields,
});

/**
 * A deal that is closed in Pipedrive is closed as it is there, whoever has learned of it before, and also when the event is our own
 * write's: it came after what sales staff chose, and Hermes writes no closed deal again (SYN-65).
 */
const closes = (deal: DealRow, status: unknown): boolean =>
  deal.status !== 'deleted' && deal.status !== status && (status === 'won' || status === 'lost');

/** The deal's person, unless it is the one it has. Null keeps the contact. */
const contactFor = async (
  context: PdContext,
  subject: PdSubject,
  deal: DealRow,
  wanted: Fields,
): Promise<ContactReference | null> => {
  const personId = subject.report.fields.person_id;
  if (typeof personId !== 'number' || wanted.person_id === personId) return null;
  const isNews = subject.record.known?.person_id !== personId;
  if (!isNews && deal.contact_id !== null) return null;
  const company = (await context.trx('company').where({ id: deal.company_id }).first('*')) as CompanyRow;
  return contactOfPerson(context, personId, company);
};

/** The company's turn comes before the deal's, as everywhere: two events never wait for each other. */
const lockCompany = async ({ trx }: PdContext, id: number | Knex.QueryBuilder): Promise<CompanyRow> =>
  (await trx('company').where({ id }).forNoKeyUpdate().first('*')) as CompanyRow;

const lockCompanyOf = (context: PdContext, dealId: number): Promise<CompanyRow> =>
  lockCompany(context, context.trx('deal').where({ id: dealId }).select('company_id'));

const updateDeal = async (
  context: PdContext,
  subject: PdSubject,
  dealId: number,
  { references, admins, created, newlyLinked, ownCreate, changes, note, ...origin }: Origin,
): Promise<PdVerdict> => {
  const { trx, map } = context;
  const { fields } = subject.report;
  const company = origin.company ?? (await lockCompanyOf(context, dealId));
  const deal = (await trx('deal').where({ id: dealId }).forNoKeyUpdate().first('*')) as DealRow;
  const isBehind = company.wanted_version > company.pipedrive_synced_version;
  const wantedBefore = await wantedOf(context, deal);
  const before = { ...wantedBefore, ...(await trackedOf(context, deal)) };
  const copied = copiedFields(map, entity, {
    builtIns: builtInsOf(admins, references),
    notCopied: ['hermes_id'],
    admins,
  });
  const judgement = judge(subject, copied, hermesIdField(map, entity), {
    row: { ...deal },
    wanted: before,
    // A deal that is made of the report has nothing of its own to send: all that the report holds counts.
    isBehind: isBehind && !created,
    newlyLinked,
    ownCreate,
  });

  const patch: Record<string, unknown> = { ...judgement.columns };
  if (closes(deal, fields.status)) patch['status'] = fields.status;
  const here = { ...deal, ...patch } as DealRow;
  const contact = ownCreate ? null : await contactFor(context, subject, here, before);
  if (contact?.kind === 'contact') patch['contact_id'] = contact.id;
  else if (contact !== null) judgement.leftOut.add('person_id');

  if (Object.keys(patch).length > 0) await trx('deal').where({ id: dealId }).update(patch);
  const values = await changeCustomValues(trx, 'deal_id', dealId, judgement.values);
  const after = { ...deal, ...patch } as DealRow;
  const allChanges = [...changes, change(after, { ...fieldChanges(deal, patch), ...values })];
  const changed = anyChanged(allChanges);

  if (!judgement.leftOut.has('person_id') && !isEmpty(fields.person_id)) {
    judgement.statuses.set('person_id', 'same');
  }
  const undone = await keepLearned(context, entity, subject, judgement, {
    wanted: changed ? await wantedOf(context, after) : wantedBefore,
    settled: created || !isBehind,
    verbatim: tracked,
    asIs: [],
  });
  if (changed) await auditChanges(trx, context.by, allChanges);
  if ((changed || undone) && !ownCreate) await raise(context, after.company_id);

  if (contact?.kind === 'waiting') return contact.verdict;
  if (judgement.leftOut.has('owner_id')) {
    return storedWithoutOwner(Number(fields.owner_id), after.company_id);
  }
  const notes = [note, contact?.kind === 'none' ? contact.reason : null].filter((one) => one !== null);
  return {
    kind: 'stored',
    companyId: after.company_id,
    changed,
    note: notes.length === 0 ? null : notes.join('; '),
  };
};

/** The deal whose create is under way, where deals do not carry our ids: others make deals, too. */
const intendedDeal = async (
  context: PdContext,
  subject: PdSubject,
  companyId: number,
): Promise<number | null> => {
  const { trx, map } = context;
  if (!subject.isCreate || subject.report.fromApp || map.keys.deal.hermes_id !== undefined) return null;
  const rows = await trx('deal')
    .join('create_intent as intent', 'intent.record_id', 'deal.id')
    .where({ 'intent.entity': entity, 'deal.company_id': companyId })
    .whereNull('deal.pd_deal_id')
    .orderBy('deal.id')
    .select<DealRow[]>('deal.*');
  for (const row of rows) {
    if (isAlike(subject.report.fields, await wantedOf(context, row))) return row.id;
  }
  return null;
};

/** The company's open deal that is none in Pipedrive yet: the sync would look for this one (findLost.ts). */
const openDealWithoutLink = async ({ trx }: PdContext, companyId: number): Promise<number | null> => {
  const row = (await trx('deal')
    .where({ company_id: companyId, status: 'open' })
    .whereNull('pd_deal_id')
    .orderBy('id')
    .first('id')) as { id: number } | undefined;
  return row?.id ?? null;
};

const createDeal = async (
  context: PdContext,
  subject: PdSubject,
  companyId: number,
  isLost: boolean,
  origin: Pick<Origin, 'references' | 'admins' | 'note'>,
): Promise<PdVerdict> => {
  const company = await lockCompany(context, companyId);
  const intended = await intendedDeal(context, subject, companyId);
  const existing = intended ?? (isLost ? await openDealWithoutLink(context, companyId) : null);
  if (existing !== null) {
    return updateDeal(context, subject, existing, {
      ...origin,
      company,
      created: false,
      newlyLinked: true,
      ownCreate: intended !== null,
      changes: [await linkRecord(context, entity, { id: existing, companyId, before: null }, subject.id)],
    });
  }
  const { pipelineId, stageId } = origin.references;
  const columns = {
    pd_deal_id: subject.id,
    company_id: companyId,
    name: nameOf(subject.report.fields.title),
    status: 'open',
    pipeline_id: pipelineId,
    stage_id: stageId,
  };
  const [{ id }] = (await context.trx('deal').insert(columns).returning('id')) as [{ id: number }];
  return updateDeal(context, subject, id, {
    ...origin,
    company,
    created: true,
    newlyLinked: true,
    ownCreate: false,
    changes: [change({ id, company_id: companyId }, fieldChanges(null, columns))],
  });
};

/** Stores a deal. The caller holds its turn. */
export const storeDeal = async (context: PdContext, subject: PdSubject): Promise<PdVerdict> => {
  if (subject.report.fields.status === 'deleted') return removeDeal(context, subject);
  const ids = hermesIdsOf(subject, hermesIdField(context.map, entity));
  const rows = await context
    .trx('deal')
    .where({ pd_deal_id: subject.id })
    .orWhereIn('id', ids)
    .orderBy('id')
    .select<DealRow[]>('*');
  const named = matchRecord(
    rows.find((row) => row.pd_deal_id === subject.id),
    ids,
    rows.map((row) => ({ id: row.id, remoteId: row.pd_deal_id, is_deleted: row.status === 'deleted' })),
    subject.mergedFrom,
  );
  const match = await unlessLost(context, entity, named, ids);
  if (match.kind === 'none') return ignored(match.reason);

  const admins = await loadAdmins(context);
  const isNew = match.kind === 'unknown';
  const resolution = await resolveReferences(context, subject.report.fields, admins, isNew);
  if (!resolution.ok) return resolution.verdict;
  const { references, note } = resolution;
  if (match.kind === 'unknown') {
    if (references.companyId === null) return ignored('a deal without an organization');
    const isLost = named.kind === 'none';
    return createDeal(context, subject, references.companyId, isLost, { references, admins, note });
  }
  const origin = { references, admins, note, created: false };
  if (match.kind === 'linked') {
    const found = { company: null, newlyLinked: false, ownCreate: false, changes: [] };
    return updateDeal(context, subject, match.id, { ...origin, ...found });
  }
  const company = await lockCompanyOf(context, match.id);
  const before = rows.find(({ id }) => id === match.id)?.pd_deal_id ?? null;
  const row = { id: match.id, companyId: company.id, before };
  return updateDeal(context, subject, match.id, {
    ...origin,
    company,
    newlyLinked: true,
    ownCreate: isOwnCreate(subject, ids),
    changes: [await linkRecord(context, entity, row, subject.id)],
  });
};

/** A deal was deleted, or merged into another one (PDD-12). A delete that Hermes ordered only ends the link. */
export const removeDeal = async (context: PdContext, subject: PdSubject): Promise<PdVerdict> => {
  const { trx } = context;
  const deal = (await trx('deal').where({ pd_deal_id: subject.id }).first('*')) as DealRow | undefined;
  await bury(context, entity, subject, deal?.id ?? null);
  if (deal !== undefined) {
    await lockCompanyOf(context, deal.id);
    const ordered = isOrdered(subject);
    const patch = { pd_deal_id: null, ...(ordered ? {} : { status: 'deleted' as const }) };
    await trx('deal').where({ id: deal.id }).update(patch);
    await auditChanges(trx, context.by, [change(deal, fieldChanges(deal, patch))]);
    if (!ordered) await raise(context, deal.company_id);
  }
  return removed(subject, deal?.company_id ?? null);
};
