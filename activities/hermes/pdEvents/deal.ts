/** Stores what Pipedrive says of a deal. */
import type { CompanyRow, DealRow } from '../../../db/models/index.ts';
import { isEmpty, type Fields } from '../../../domain/pipedrive/fields.ts';
import type { AdminsByOwner } from '../../../domain/pipedriveWebhook/columnValue.ts';
import { matchRecord } from '../../../domain/pipedriveWebhook/match.ts';
import { nameOf } from '../../../domain/values/text.ts';
import { loadCompanyState } from '../../pipedrive/companyState.ts';
import { storeCopy } from './copy.ts';
import { auditChanges, fieldChanges, wantSync, type RecordChange } from '../changes.ts';
import { ignored, type PdContext, type PdSubject, type PdVerdict } from './event.ts';
import {
  epitaph,
  hermesIdsOf,
  isOwnCreate,
  judge,
  keepLearned,
  loadAdmins,
  storeValues,
  type BuiltIns,
} from './judge.ts';
import { companyOfOrganization } from './organization.ts';
import { contactOfPerson } from './person.ts';
import { referenceState } from './reference.ts';
import { saveRemoteRecord } from '../remoteRecord.ts';

const entity = 'deal';

/** Fields that a deal is known by beyond those that Hermes writes. */
const tracked = ['status', 'pipeline_id', 'stage_id'];

const statuses: readonly unknown[] = ['open', 'won', 'lost'];

/** Hermes ids of what the deal hangs on. */
interface Resolved {
  companyId: number | null;
  pipelineId: number | null;
  stageId: number | null;
}

const builtInsOf = (admins: AdminsByOwner, resolved: Resolved): BuiltIns => ({
  title: { column: 'name', convert: (value) => nameOf(value) ?? undefined },
  owner_id: { column: 'admin_id', convert: (value) => admins.get(Number(value)) },
  org_id: { column: 'company_id', convert: () => resolved.companyId ?? undefined },
  pipeline_id: { column: 'pipeline_id', convert: () => resolved.pipelineId ?? undefined },
  stage_id: { column: 'stage_id', convert: () => resolved.stageId ?? undefined },
  status: { column: 'status', convert: (value) => (statuses.includes(value) ? value : undefined) },
});

interface Stages {
  pd_pipeline_id: number | null;
  pd_stage_id: number | null;
}

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
    .first('pipeline.pd_pipeline_id', 'stage.pd_stage_id')) as Stages;
  return { status: deal.status, pipeline_id: row.pd_pipeline_id, stage_id: row.pd_stage_id };
};

const parked = (what: string, remoteId: number, message: string): PdVerdict => ({
  kind: 'parked',
  companyId: null,
  waitingFor: `${what}:${remoteId}`,
  message,
  stored: false,
});

type CopyState = { kind: 'copy'; id: number } | { kind: 'waiting'; verdict: PdVerdict };

/** The copy of a pipeline or stage; an unknown one is read, and waited for when Pipedrive does not have it (PDD-17, PDD-18). */
const copyOf = async (
  context: PdContext,
  what: 'pipeline' | 'stage',
  remoteId: number,
): Promise<CopyState> => {
  const find = async (): Promise<CopyState | null> => {
    const row = (await context
      .trx(what)
      .where({ [`pd_${what}_id`]: remoteId })
      .first('id')) as { id: number } | undefined;
    return row === undefined ? null : { kind: 'copy', id: row.id };
  };
  const known = await find();
  if (known !== null) return known;
  const state = await referenceState(context, { entity: what, id: remoteId });
  if (state.kind === 'readNeeded') return { kind: 'waiting', verdict: state };
  if (state.kind === 'read') await storeCopy(what)(context, state.subject);
  return (
    (await find()) ?? {
      kind: 'waiting',
      verdict: parked(what, remoteId, `${what} ${remoteId} is not known to Hermes`),
    }
  );
};

type Resolution = { ok: true; resolved: Resolved; note: string | null } | { ok: false; verdict: PdVerdict };

/** Finds what the deal hangs on, in the order in which it must exist. */
const resolve = async (
  context: PdContext,
  fields: Fields,
  admins: AdminsByOwner,
  isNew: boolean,
): Promise<Resolution> => {
  const { owner_id: owner, org_id: organizationId, pipeline_id: pipelineId, stage_id: stageId } = fields;
  const resolved: Resolved = { companyId: null, pipelineId: null, stageId: null };
  let note: string | null = null;
  if (typeof organizationId === 'number') {
    const company = await companyOfOrganization(context, organizationId);
    if (company.kind === 'waiting') return { ok: false, verdict: company.verdict };
    if (company.kind === 'company') resolved.companyId = company.id;
    else note = company.reason;
  }
  if (isNew && resolved.companyId === null) {
    return { ok: false, verdict: ignored(note ?? 'a deal without an organization') };
  }
  if (isNew && typeof owner === 'number' && !admins.has(owner)) {
    const message = `the owner (Pipedrive user ${owner}) is no admin of Hermes`;
    return { ok: false, verdict: parked('owner', owner, message) };
  }
  for (const [what, remoteId] of [
    ['pipeline', pipelineId],
    ['stage', stageId],
  ] as const) {
    if (typeof remoteId !== 'number') continue;
    const copy = await copyOf(context, what, remoteId);
    if (copy.kind === 'waiting') return { ok: false, verdict: copy.verdict };
    resolved[`${what}Id`] = copy.id;
  }
  return { ok: true, resolved, note };
};

interface StoreSteps {
  resolved: Resolved;
  admins: AdminsByOwner;
  created: boolean;
  newlyLinked: boolean;
  ownCreate: boolean;
  changes: RecordChange[];
  note: string | null;
}

/** A deal that was closed in Pipedrive is closed, whoever has learned of it before. */
const closes = (deal: DealRow, status: unknown): boolean =>
  deal.status === 'open' && (status === 'won' || status === 'lost');

/** The deal's person, unless it is the one it has. Null keeps the contact. */
const contactFor = async (
  context: PdContext,
  subject: PdSubject,
  deal: DealRow,
  wanted: Fields,
): Promise<Awaited<ReturnType<typeof contactOfPerson>> | null> => {
  const personId = subject.report.fields.person_id;
  if (typeof personId !== 'number' || wanted.person_id === personId) return null;
  const isNews = subject.record.known?.person_id !== personId;
  if (!isNews && deal.contact_id !== null) return null;
  const company = (await context.trx('company').where({ id: deal.company_id }).first('*')) as CompanyRow;
  return contactOfPerson(context, personId, company);
};

/** The company's turn comes before the deal's, as everywhere: two events never wait for each other. */
const lockCompany = async ({ trx }: PdContext, dealId: number): Promise<CompanyRow> =>
  (await trx('company')
    .where({ id: trx('deal').where({ id: dealId }).select('company_id') })
    .forUpdate()
    .first('*')) as CompanyRow;

const updateDeal = async (
  context: PdContext,
  subject: PdSubject,
  dealId: number,
  steps: StoreSteps,
): Promise<PdVerdict> => {
  const { trx } = context;
  const company = await lockCompany(context, dealId);
  const deal = (await trx('deal').where({ id: dealId }).forUpdate().first('*')) as DealRow;
  const isBehind = company.wanted_version > company.pipedrive_synced_version;
  const wantedBefore = await wantedOf(context, deal);
  const before = { ...wantedBefore, ...(await trackedOf(context, deal)) };
  const judgement = judge(context, entity, subject, {
    row: { ...deal },
    wanted: before,
    isBehind,
    newlyLinked: steps.newlyLinked,
    ownCreate: steps.ownCreate,
    builtIns: builtInsOf(steps.admins, steps.resolved),
    notCopied: ['hermes_id'],
    admins: steps.admins,
  });
  const { fields } = subject.report;
  const patch: Record<string, unknown> = { ...judgement.columns };
  if (closes(deal, fields.status)) patch['status'] = fields.status;
  const here = { ...deal, ...patch } as DealRow;
  const contact = steps.ownCreate ? null : await contactFor(context, subject, here, before);
  if (contact?.kind === 'contact') patch['contact_id'] = contact.id;
  else if (contact !== null) judgement.leftOut.add('person_id');

  if (Object.keys(patch).length > 0) await trx('deal').where({ id: dealId }).update(patch);
  const values = await storeValues(context, 'deal_id', dealId, judgement.values);
  const after = { ...deal, ...patch } as DealRow;
  const changes: RecordChange[] = [
    ...steps.changes,
    {
      entity: 'deal',
      recordId: dealId,
      companyId: after.company_id,
      fields: { ...fieldChanges(deal, patch), ...values },
    },
  ];
  const changed = changes.some((one) => Object.keys(one.fields).length > 0);
  if (!judgement.leftOut.has('person_id') && !isEmpty(fields.person_id)) {
    judgement.statuses.set('person_id', 'same');
  }
  await keepLearned(context, entity, subject, judgement, {
    wanted: changed ? await wantedOf(context, after) : wantedBefore,
    settled: steps.created || !isBehind,
    verbatim: tracked,
    asIs: [],
  });
  if (changed) await auditChanges(trx, context.by, changes);
  if (changed && !steps.ownCreate) await wantSync(trx, after.company_id);

  if (contact?.kind === 'waiting') return contact.verdict;
  if (judgement.leftOut.has('owner_id')) {
    const owner = Number(fields.owner_id);
    const message = `the owner (Pipedrive user ${owner}) is no admin of Hermes; the rest was applied`;
    return { ...parked('owner', owner, message), companyId: after.company_id, stored: true } as PdVerdict;
  }
  const notes = [steps.note, contact?.kind === 'none' ? contact.reason : null].filter((one) => one !== null);
  return {
    kind: 'stored',
    companyId: after.company_id,
    changed,
    note: notes.length === 0 ? null : notes.join('; '),
  };
};

/** The deal whose create is under way, where deals do not carry our ids. */
const intendedDeal = async (
  { trx, map }: PdContext,
  subject: PdSubject,
  companyId: number,
): Promise<number | null> => {
  if (!subject.isCreate || subject.report.fromApp || map.keys.deal.hermes_id !== undefined) return null;
  const row = (await trx('deal')
    .join('create_intent as intent', 'intent.record_id', 'deal.id')
    .where({ 'intent.entity': entity, 'deal.company_id': companyId })
    .whereNull('deal.pd_deal_id')
    .first('deal.id')) as { id: number } | undefined;
  return row?.id ?? null;
};

const linkDeal = async (context: PdContext, dealId: number, remoteId: number): Promise<RecordChange> => {
  const { trx } = context;
  const deal = (await trx('deal').where({ id: dealId }).first('*')) as DealRow;
  await trx('deal').where({ id: dealId }).update({ pd_deal_id: remoteId });
  await trx('create_intent').where({ entity, record_id: dealId }).delete();
  return {
    entity: 'deal',
    recordId: dealId,
    companyId: deal.company_id,
    fields: { pd_deal_id: { before: deal.pd_deal_id, after: remoteId } },
  };
};

const createDeal = async (
  context: PdContext,
  subject: PdSubject,
  companyId: number,
  steps: Omit<StoreSteps, 'created' | 'newlyLinked' | 'ownCreate' | 'changes'>,
): Promise<PdVerdict> => {
  const intended = await intendedDeal(context, subject, companyId);
  if (intended !== null) {
    const changes = [await linkDeal(context, intended, subject.id)];
    return updateDeal(context, subject, intended, {
      ...steps,
      created: false,
      newlyLinked: true,
      ownCreate: true,
      changes,
    });
  }
  const name = nameOf(subject.report.fields.title);
  const { resolved } = steps;
  const fresh = {
    pd_deal_id: subject.id,
    company_id: companyId,
    name,
    status: 'open',
    pipeline_id: resolved.pipelineId,
    stage_id: resolved.stageId,
  };
  const [row] = (await context.trx('deal').insert(fresh).returning('id')) as [{ id: number }];
  return updateDeal(context, subject, row.id, {
    ...steps,
    created: true,
    newlyLinked: true,
    ownCreate: false,
    changes: [{ entity: 'deal', recordId: row.id, companyId, fields: fieldChanges(null, fresh) }],
  });
};

/** Stores a deal. The caller holds its turn. */
export const storeDeal = async (context: PdContext, subject: PdSubject): Promise<PdVerdict> => {
  if (subject.report.fields.status === 'deleted') return removeDeal(context, subject);
  const ids = hermesIdsOf(context, entity, subject);
  const rows = await context
    .trx('deal')
    .where({ pd_deal_id: subject.id })
    .orWhereIn('id', ids)
    .orderBy('id')
    .select<DealRow[]>('*');
  const match = matchRecord(
    rows.find((row) => row.pd_deal_id === subject.id),
    ids,
    rows.map((row) => ({ id: row.id, remoteId: row.pd_deal_id, is_deleted: row.status === 'deleted' })),
    subject.mergedFrom,
  );
  if (match.kind === 'none') return ignored(match.reason);

  const admins = await loadAdmins(context);
  const resolution = await resolve(context, subject.report.fields, admins, match.kind === 'unknown');
  if (!resolution.ok) return resolution.verdict;
  const { resolved, note } = resolution;
  if (match.kind === 'unknown') {
    if (resolved.companyId === null) return ignored('a deal without an organization');
    return createDeal(context, subject, resolved.companyId, { resolved, admins, note });
  }
  const newlyLinked = match.kind === 'link';
  return updateDeal(context, subject, match.id, {
    resolved,
    admins,
    note,
    created: false,
    newlyLinked,
    ownCreate: newlyLinked && isOwnCreate(subject, ids),
    changes: newlyLinked ? [await linkDeal(context, match.id, subject.id)] : [],
  });
};

/** A deal was deleted, or merged into another one (PDD-12). A delete that Hermes ordered only ends the link. */
export const removeDeal = async (context: PdContext, subject: PdSubject): Promise<PdVerdict> => {
  const { trx } = context;
  const ordered = subject.record.deletion_ordered_at !== null;
  const deal = (await trx('deal').where({ pd_deal_id: subject.id }).first('*')) as DealRow | undefined;
  await saveRemoteRecord(trx, 'pipedrive', entity, subject.id, {
    known: epitaph(context, entity, deal?.id ?? null) ?? subject.record.known,
  });
  if (deal !== undefined) {
    await lockCompany(context, deal.id);
    const patch = { pd_deal_id: null, ...(ordered ? {} : { status: 'deleted' as const }) };
    await trx('deal').where({ id: deal.id }).update(patch);
    await auditChanges(trx, context.by, [
      { entity: 'deal', recordId: deal.id, companyId: deal.company_id, fields: fieldChanges(deal, patch) },
    ]);
    if (!ordered) await wantSync(trx, deal.company_id);
  }
  return {
    kind: 'stored',
    companyId: deal?.company_id ?? null,
    changed: deal !== undefined,
    note: ordered ? 'Hermes itself ordered the delete' : null,
  };
};
