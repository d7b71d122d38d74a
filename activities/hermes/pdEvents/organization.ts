/** Stores what Pipedrive says of an organization, whether it came with a webhook or was read for a person or a deal. */
import type { CompanyRow } from '../../../db/models/index.ts';
import { customField, isEmpty, sameValue, type Fields } from '../../../domain/pipedrive/fields.ts';
import { matchCompany, type Match } from '../../../domain/pipedriveWebhook/match.ts';
import { hermesIdsIn } from '../../../domain/pipedriveWebhook/hermesIds.ts';
import type { AdminsByOwner } from '../../../domain/pipedriveWebhook/columnValue.ts';
import { nameOf } from '../../../domain/values/text.ts';
import { loadCompanyState } from '../../pipedrive/companyState.ts';
import { auditChanges, fieldChanges, wantSync, type RecordChange } from '../changes.ts';
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
import { referenceState } from './reference.ts';
import { lockRemoteRecord, saveRemoteRecord } from '../remoteRecord.ts';

const entity = 'organization';

/** Computed by Hermes, never taken over (PDO-25). */
const notCopied = ['hermes_id', 'tc2_cligency_url'];

const countryOf = (address: unknown): string | undefined => {
  const { country } = address as { country?: unknown };
  return typeof country === 'string' && /^[a-z]{2}$/i.test(country) ? country.toUpperCase() : undefined;
};

const builtInsOf = (admins: AdminsByOwner): BuiltIns => ({
  name: { column: 'name', convert: (value) => nameOf(value) ?? undefined },
  owner_id: { column: 'sales_person_id', convert: (value) => admins.get(Number(value)) },
  // Pipedrive spells countries out for people; only codes are a country of Hermes.
  address: { column: 'country', convert: countryOf },
});

const wantedOf = async ({ trx, deps, map }: PdContext, companyId: number): Promise<Fields> =>
  (await loadCompanyState(trx, deps.environment, map, companyId))?.input.company.wanted ?? {};

/** A create of ours whose answer is not here yet, where organizations do not carry our ids. */
const intendedCompany = async (context: PdContext, subject: PdSubject): Promise<number | null> => {
  if (!subject.isCreate || subject.report.fromApp || context.map.keys.organization.hermes_id !== undefined) {
    return null;
  }
  const row = (await context
    .trx('company')
    .join('create_intent as intent', 'intent.record_id', 'company.id')
    .where({ 'intent.entity': entity, 'company.name': subject.report.fields.name ?? null })
    .whereNull('company.pd_org_id')
    .first('company.id')) as { id: number } | undefined;
  return row?.id ?? null;
};

const findCompany = async (
  context: PdContext,
  subject: PdSubject,
  ids: readonly number[],
): Promise<{ match: Match; intended: boolean }> => {
  const rows = await context
    .trx('company')
    .where({ pd_org_id: subject.id })
    .orWhereIn('id', [...ids])
    .orderBy('id')
    .forUpdate()
    .select<CompanyRow[]>('*');
  const linked = rows.find((row) => row.pd_org_id === subject.id);
  const match = matchCompany(linked, ids, rows);
  if (match.kind !== 'unknown') return { match, intended: false };
  const intended = await intendedCompany(context, subject);
  return intended === null
    ? { match, intended: false }
    : { match: { kind: 'link', id: intended }, intended: true };
};

/**
 * Brings a company back that was deleted in Pipedrive (PDO-30, PDM-22). Its open deals that never reached Pipedrive, or lost their
 * link, do not come back with it: the sync would make them anew (PDM-25).
 */
const revive = async (context: PdContext, company: CompanyRow): Promise<RecordChange[]> => {
  if (!company.is_deleted || company.narc || company.deleted_by === 'tc2') return [];
  const { trx } = context;
  await trx('company').where({ id: company.id }).update({ is_deleted: false, deleted_by: null });
  const deals = (await trx('deal')
    .where({ company_id: company.id, status: 'open' })
    .whereNull('pd_deal_id')
    .update({ status: 'deleted' })
    .returning('id')) as { id: number }[];
  return [
    {
      entity: 'company',
      recordId: company.id,
      companyId: company.id,
      fields: { is_deleted: { before: true, after: false } },
    },
    ...deals.map(({ id }) => ({
      entity: 'deal' as const,
      recordId: id,
      companyId: company.id,
      fields: { status: { before: 'open', after: 'deleted' } },
    })),
  ];
};

const linkCompany = async (
  context: PdContext,
  company: CompanyRow,
  remoteId: number,
): Promise<RecordChange> => {
  const { trx } = context;
  await trx('company').where({ id: company.id }).update({ pd_org_id: remoteId });
  await trx('create_intent').where({ entity, record_id: company.id }).delete();
  return {
    entity: 'company',
    recordId: company.id,
    companyId: company.id,
    fields: { pd_org_id: { before: null, after: remoteId } },
  };
};

interface StoreSteps {
  /** Already part of the records. */
  created: boolean;
  newlyLinked: boolean;
  ownCreate: boolean;
  changes: RecordChange[];
}

const updateCompany = async (
  context: PdContext,
  subject: PdSubject,
  companyId: number,
  steps: StoreSteps,
): Promise<PdVerdict> => {
  const { trx, map } = context;
  const company = (await trx('company').where({ id: companyId }).first('*')) as CompanyRow;
  const admins = await loadAdmins(context);
  const isBehind = company.wanted_version > company.pipedrive_synced_version;
  const wantedBefore = await wantedOf(context, companyId);
  const judgement = judge(context, entity, subject, {
    row: { ...company },
    wanted: wantedBefore,
    isBehind,
    newlyLinked: steps.newlyLinked,
    ownCreate: steps.ownCreate,
    builtIns: builtInsOf(admins),
    notCopied,
    admins,
  });
  const { columns } = judgement;
  if (Object.keys(columns).length > 0) await trx('company').where({ id: companyId }).update(columns);
  const values = await storeValues(context, 'company_id', companyId, judgement.values);
  const changes: RecordChange[] = [
    ...steps.changes,
    {
      entity: 'company',
      recordId: companyId,
      companyId,
      fields: { ...fieldChanges(company, columns), ...values },
    },
  ];
  const changed = changes.some(({ fields }) => Object.keys(fields).length > 0);

  const wanted = changed ? await wantedOf(context, companyId) : wantedBefore;
  const idField = hermesIdField(context, entity);
  const urlField = customField(map.keys.organization.tc2_cligency_url ?? '');
  await keepLearned(context, entity, subject, judgement, {
    wanted,
    settled: !isBehind && (steps.created || !steps.newlyLinked),
    verbatim: ['address'],
    asIs: isEmpty(subject.report.fields[urlField]) ? [idField] : [idField, urlField],
  });
  const lacksId =
    idField in wanted &&
    (steps.created ||
      (idField in subject.report.fields && !sameValue(wanted[idField], subject.report.fields[idField])));
  if (changed) await auditChanges(trx, context.by, changes);
  if ((changed && !steps.ownCreate) || steps.newlyLinked || lacksId) await wantSync(trx, companyId);

  if (judgement.leftOut.has('owner_id')) {
    const owner = String(subject.report.fields.owner_id);
    return {
      kind: 'parked',
      companyId,
      waitingFor: `owner:${owner}`,
      message: `the owner (Pipedrive user ${owner}) is no admin of Hermes; the rest was applied`,
      stored: true,
    };
  }
  const notes = judgement.leftOut.size > 0 ? `left out: ${[...judgement.leftOut].join(', ')}` : null;
  return { kind: 'stored', companyId, changed, note: notes };
};

/** A company for an organization that only Pipedrive knows (PDO-04, PDO-05, PDO-33, PDM-31). */
const createCompany = async (context: PdContext, subject: PdSubject): Promise<PdVerdict> => {
  const { fields } = subject.report;
  const name = nameOf(fields.name);
  if (name === null) {
    if (!subject.isReading) return { kind: 'readNeeded', reference: null };
    return ignored('the organization has no name');
  }
  const admins = await loadAdmins(context);
  const owner = fields.owner_id;
  if (typeof owner === 'number' && !admins.has(owner)) {
    return {
      kind: 'parked',
      companyId: null,
      waitingFor: `owner:${owner}`,
      message: `the owner (Pipedrive user ${owner}) is no admin of Hermes`,
      stored: false,
    };
  }
  const [row] = (await context
    .trx('company')
    .insert({ name, pd_org_id: subject.id, search_by_hermes_id: false })
    .returning('id')) as [{ id: number }];
  return updateCompany(context, subject, row.id, {
    created: true,
    newlyLinked: true,
    ownCreate: false,
    changes: [
      {
        entity: 'company',
        recordId: row.id,
        companyId: row.id,
        fields: fieldChanges(null, { name, pd_org_id: subject.id }),
      },
    ],
  });
};

/** Stores an organization. The caller holds its turn. */
export const storeOrganization = async (context: PdContext, subject: PdSubject): Promise<PdVerdict> => {
  const ids = hermesIdsOf(context, entity, subject);
  const { match, intended } = await findCompany(context, subject, ids);
  switch (match.kind) {
    case 'unknown':
      return createCompany(context, subject);
    case 'none': {
      // Whom a merged organization stands for is needed when the loser's delete comes after (PDM-24).
      const field = hermesIdField(context, entity);
      await saveRemoteRecord(context.trx, 'pipedrive', entity, subject.id, {
        known: { ...subject.record.known, [field]: ids.join(', ') },
      });
      return ignored(match.reason);
    }
    case 'linked':
    case 'link': {
      const company = (await context.trx('company').where({ id: match.id }).first('*')) as CompanyRow;
      const newlyLinked = match.kind === 'link';
      const changes = newlyLinked ? [await linkCompany(context, company, subject.id)] : [];
      changes.push(...(await revive(context, company)));
      return updateCompany(context, subject, match.id, {
        created: false,
        newlyLinked,
        ownCreate: newlyLinked && (intended || isOwnCreate(subject, ids)),
        changes,
      });
    }
  }
};

/** Links the company that waited for the loser's link to end (PDM-24, SYN-71). */
const linkWinner = async (context: PdContext, winnerId: number): Promise<void> => {
  const { trx } = context;
  const record = await lockRemoteRecord(trx, 'pipedrive', entity, winnerId);
  if (record.deleted_at !== null) return;
  const ids = hermesIdsIn(record.known?.[hermesIdField(context, entity)]);
  if (ids.length < 2) return;
  const rows = await trx('company')
    .where({ pd_org_id: winnerId })
    .orWhereIn('id', ids)
    .forUpdate()
    .select<CompanyRow[]>('*');
  const match = matchCompany(
    rows.find((row) => row.pd_org_id === winnerId),
    ids,
    rows,
  );
  const company = rows.find((row) => match.kind === 'link' && row.id === match.id);
  if (company === undefined) return;
  const changes = [await linkCompany(context, company, winnerId), ...(await revive(context, company))];
  await auditChanges(trx, context.by, changes);
  // What the winner holds is read by the sync; its joined hermes_id is written then.
  await saveRemoteRecord(trx, 'pipedrive', entity, winnerId, { known: null });
  await wantSync(trx, company.id);
};

/**
 * An organization was deleted, or merged into another one (PDO-26): its company keeps its row and is made anew by nobody but those whom
 * the rules name. A delete that Hermes ordered only ends the link.
 */
export const removeOrganization = async (context: PdContext, subject: PdSubject): Promise<PdVerdict> => {
  const { trx } = context;
  const ordered = subject.record.deletion_ordered_at !== null;
  const company = (await trx('company').where({ pd_org_id: subject.id }).forUpdate().first('*')) as
    CompanyRow | undefined;
  await saveRemoteRecord(trx, 'pipedrive', entity, subject.id, {
    known: epitaph(context, entity, company?.id ?? null) ?? subject.record.known,
  });
  if (company !== undefined) {
    const patch = {
      pd_org_id: null,
      ...(ordered ? {} : { is_deleted: true, deleted_by: 'pipedrive' as const }),
    };
    await trx('company').where({ id: company.id }).update(patch);
    await auditChanges(trx, context.by, [
      {
        entity: 'company',
        recordId: company.id,
        companyId: company.id,
        fields: fieldChanges(company, patch),
      },
    ]);
  }
  if (subject.mergedTo !== null) await linkWinner(context, subject.mergedTo);
  return {
    kind: 'stored',
    companyId: company?.id ?? null,
    changed: company !== undefined,
    note: ordered ? 'Hermes itself ordered the delete' : null,
  };
};

export type CompanyReference =
  | { kind: 'company'; id: number }
  /** Pipedrive has no such organization, or it may not become a company (PDP-17, PDD-35). */
  | { kind: 'none'; reason: string }
  | { kind: 'waiting'; verdict: PdVerdict };

/** The company of an organization that a person or a deal hangs on; an unknown one is read and stored first. */
export const companyOfOrganization = async (
  context: PdContext,
  organizationId: number,
): Promise<CompanyReference> => {
  const row = (await context.trx('company').where({ pd_org_id: organizationId }).first('id')) as
    { id: number } | undefined;
  if (row !== undefined) return { kind: 'company', id: row.id };
  const state = await referenceState(context, { entity, id: organizationId });
  if (state.kind === 'readNeeded') return { kind: 'waiting', verdict: state };
  if (state.kind === 'unavailable') {
    return { kind: 'none', reason: `Pipedrive does not have organization ${organizationId}` };
  }
  const verdict = await storeOrganization(context, state.subject);
  if (verdict.kind === 'ignored') {
    return { kind: 'none', reason: `organization ${organizationId}: ${verdict.reason}` };
  }
  if (verdict.kind === 'readNeeded' || (verdict.kind === 'parked' && !verdict.stored)) {
    return { kind: 'waiting', verdict };
  }
  await saveRemoteRecord(context.trx, 'pipedrive', entity, organizationId, {
    event_at: state.subject.happenedAt,
  });
  return verdict.companyId === null
    ? { kind: 'none', reason: `organization ${organizationId} has no company` }
    : { kind: 'company', id: verdict.companyId };
};
