/** Stores what Pipedrive says of an organization, whether it came with a webhook or was read for a person or a deal. */
import type { CompanyRow } from '../../../db/models/index.ts';
import { customField, isEmpty, sameValue, type Fields } from '../../../domain/pipedrive/fields.ts';
import type { AdminsByOwner } from '../../../domain/pipedriveWebhook/columnValue.ts';
import { copiedFields, type BuiltIns } from '../../../domain/pipedriveWebhook/copiedFields.ts';
import { hermesIdField, hermesIdsOf } from '../../../domain/pipedriveWebhook/hermesIds.ts';
import { judge } from '../../../domain/pipedriveWebhook/judge.ts';
import { isCountryCode } from '../../../domain/values/countryCode.ts';
import { nameOf } from '../../../domain/values/text.ts';
import { loadCompanyState } from '../../pipedrive/companyState.ts';
import { auditChanges, anyChanged, fieldChanges, type RecordChange } from '../changes.ts';
import { changeCustomValues } from '../customValues.ts';
import { saveRemoteRecord } from '../remoteRecord.ts';
import { loadAdmins } from './admins.ts';
import { linkCompany, revive } from './companyLink.ts';
import type { PdContext, PdSubject } from './context.ts';
import { keepLearned } from './learn.ts';
import { findCompany } from './organizationMatch.ts';
import { raise } from './raise.ts';
import { ignored, storedWithoutOwner, waitingForOwner, type PdVerdict } from './verdict.ts';

const entity = 'organization';

/** Computed by Hermes, never taken over (PDO-25). */
const notCopied = ['hermes_id', 'tc2_cligency_url'];

const countryOf = (address: unknown): string | undefined => {
  const { country } = address as { country?: unknown };
  return isCountryCode(country) ? country.toUpperCase() : undefined;
};

const builtInsOf = (admins: AdminsByOwner): BuiltIns => ({
  name: { column: 'name', convert: (value) => nameOf(value) ?? undefined },
  owner_id: { column: 'sales_person_id', convert: (value) => admins.get(Number(value)) },
  // Pipedrive spells countries out for people; only codes are a country of Hermes.
  address: { column: 'country', convert: countryOf },
});

const wantedOf = async ({ trx, deps, map }: PdContext, companyId: number): Promise<Fields> =>
  (await loadCompanyState(trx, deps.environment, map, companyId))?.input.company.wanted ?? {};

/** What led to the company that is updated. */
interface Origin {
  /** The company was made for the organization. */
  created: boolean;
  newlyLinked: boolean;
  ownCreate: boolean;
  /** What was changed on the way. */
  changes: RecordChange[];
}

/** Whether the organization does not say which company it is, or says it of another one. */
const lacksId = (fields: Fields, wanted: Fields, idField: string, created: boolean): boolean =>
  idField in wanted && (created || (idField in fields && !sameValue(wanted[idField], fields[idField])));

const updateCompany = async (
  context: PdContext,
  subject: PdSubject,
  companyId: number,
  { created, newlyLinked, ownCreate, changes }: Origin,
): Promise<PdVerdict> => {
  const { trx, map } = context;
  const { fields } = subject.report;
  const company = (await trx('company').where({ id: companyId }).first('*')) as CompanyRow;
  const admins = await loadAdmins(context);
  const isBehind = company.wanted_version > company.pipedrive_synced_version;
  const wantedBefore = await wantedOf(context, companyId);
  const idField = hermesIdField(map, entity);
  const copied = copiedFields(map, entity, { builtIns: builtInsOf(admins), notCopied, admins });
  const judgement = judge(subject, copied, idField, {
    row: { ...company },
    wanted: wantedBefore,
    isBehind,
    newlyLinked,
    ownCreate,
  });

  const { columns, leftOut } = judgement;
  if (Object.keys(columns).length > 0) await trx('company').where({ id: companyId }).update(columns);
  const values = await changeCustomValues(trx, 'company_id', companyId, judgement.values);
  const ofCompany = { ...fieldChanges(company, columns), ...values };
  const allChanges = [
    ...changes,
    { entity: 'company' as const, recordId: companyId, companyId, fields: ofCompany },
  ];
  const changed = anyChanged(allChanges);

  const wanted = changed ? await wantedOf(context, companyId) : wantedBefore;
  const urlField = customField(map.keys.organization.tc2_cligency_url ?? '');
  const undone = await keepLearned(context, entity, subject, judgement, {
    wanted,
    settled: !isBehind && (created || !newlyLinked),
    verbatim: ['address'],
    // A link of somebody else's, to a client that Hermes does not know, is not ours to clear.
    asIs: isEmpty(fields[urlField]) || isEmpty(wanted[urlField]) ? [idField] : [idField, urlField],
  });
  if (changed) await auditChanges(trx, context.by, allChanges);
  const isNews = (changed || undone) && !ownCreate;
  if (isNews || newlyLinked || lacksId(fields, wanted, idField, created)) {
    await raise(context, companyId);
  }

  if (leftOut.has('owner_id')) return storedWithoutOwner(Number(fields.owner_id), companyId);
  const note = leftOut.size > 0 ? `left out: ${[...leftOut].join(', ')}` : null;
  return { kind: 'stored', companyId, changed, note };
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
  if (typeof owner === 'number' && !admins.has(owner)) return waitingForOwner(owner);
  const columns = { name, pd_org_id: subject.id };
  const [{ id }] = (await context
    .trx('company')
    .insert({ ...columns, search_by_hermes_id: false })
    .returning('id')) as [{ id: number }];
  return updateCompany(context, subject, id, {
    created: true,
    newlyLinked: true,
    ownCreate: false,
    changes: [{ entity: 'company', recordId: id, companyId: id, fields: fieldChanges(null, columns) }],
  });
};

/** Stores an organization. The caller holds its turn. */
export const storeOrganization = async (context: PdContext, subject: PdSubject): Promise<PdVerdict> => {
  const { trx } = context;
  const idField = hermesIdField(context.map, entity);
  const ids = hermesIdsOf(subject, idField);
  const { match, ownCreate } = await findCompany(context, subject, ids);
  switch (match.kind) {
    case 'unknown':
      return createCompany(context, subject);
    case 'none':
      // Whom a merged organization stands for is needed when the loser's delete comes after (PDM-24).
      await saveRemoteRecord(trx, 'pipedrive', entity, subject.id, {
        known: { ...subject.record.known, [idField]: ids.join(', ') },
      });
      return ignored(match.reason);
    case 'linked':
    case 'link': {
      const company = (await trx('company').where({ id: match.id }).first('*')) as CompanyRow;
      const newlyLinked = match.kind === 'link';
      const changes = newlyLinked ? [await linkCompany(context, company, subject.id)] : [];
      changes.push(...(await revive(context, company)));
      return updateCompany(context, subject, match.id, { created: false, newlyLinked, ownCreate, changes });
    }
  }
};
