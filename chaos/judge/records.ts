/**
 * Hermes and Pipedrive, record by record.
 *
 * Two ways, so that neither has to be believed alone: the sync's own plan against what Pipedrive really holds must be empty; and
 * links, ids, statuses and names are compared one by one, without the sync's rules.
 */
import { createFieldMapReader } from '../../activities/hermes/fieldMap.ts';
import { loadCompanyState, type CompanyState } from '../../activities/pipedrive/companyState.ts';
import { knownOfOwn, type Fields } from '../../domain/pipedrive/fields.ts';
import type { FieldMap } from '../../domain/pipedrive/fieldMap.ts';
import { planSync, type Step } from '../../domain/pipedrive/plan.ts';
import { readEnvironment } from '../../environment/environment.ts';
import type { Happened } from '../load/index.ts';
import type { PeopleWork } from '../load/pipedrive.ts';
import type { Stage } from '../stage/stage.ts';
import { different, doubled, lost, repeated, type Finding } from './finding.ts';

type RemoteRow = Record<string, unknown> & { id: number; is_deleted?: boolean; custom_fields?: unknown };

const entities = ['organization', 'person', 'deal', 'activity'] as const;
type Entity = (typeof entities)[number];

type Remote = Record<Entity, ReadonlyMap<number, RemoteRow>>;

const remoteOf = ({ peers: { pipedrive } }: Stage): Remote =>
  ({
    organization: pipedrive.organizations,
    person: pipedrive.persons,
    deal: pipedrive.deals,
    activity: pipedrive.activities,
  }) as unknown as Remote;

const isAlive = (row: RemoteRow | undefined): row is RemoteRow =>
  row !== undefined && row.is_deleted !== true && row['status'] !== 'deleted';

const aliveOf = (rows: ReadonlyMap<number, RemoteRow>): RemoteRow[] => [...rows.values()].filter(isAlive);

/** Activities show seconds, which nobody writes. */
const readable = (entity: Entity, row: RemoteRow): RemoteRow =>
  entity === 'activity' && typeof row['due_time'] === 'string'
    ? { ...row, due_time: row['due_time'].slice(0, 5) }
    : row;

/** E-mails of visitors who never got a yes. */
type ToldNo = ReadonlySet<string>;

interface Linked {
  entity: Entity;
  /** Company, contact, deal or meeting. */
  recordId: number;
  remoteId: number | null;
  isDeleted: boolean;
}

const linkedOf = ({ input, company }: CompanyState): Linked[] => [
  {
    entity: 'organization',
    recordId: company.id,
    remoteId: input.company.pd_org_id,
    isDeleted: company.is_deleted,
  },
  ...input.contacts.map((one) => ({
    entity: 'person' as const,
    recordId: one.id,
    remoteId: one.pd_person_id,
    isDeleted: one.is_deleted,
  })),
  ...input.deals.map((one) => ({
    entity: 'deal' as const,
    recordId: one.id,
    remoteId: one.pd_deal_id,
    isDeleted: one.status === 'deleted',
  })),
  ...input.meetings.map((one) => ({
    entity: 'activity' as const,
    recordId: one.id,
    remoteId: one.pd_activity_id,
    isDeleted: one.status === 'CANCELED',
  })),
];

/** Of an organization that people added Hermes writes its id and no more: what is empty there stays empty. */
const unlessEmpty = (held: Fields | null, known: Fields | null): Fields | null =>
  held === null
    ? null
    : Object.fromEntries(Object.entries(held).map(([name, value]) => [name, value ?? known?.[name]]));

/** The state with what Pipedrive really holds in the place of what it is known to hold. */
const againstReality = (
  state: CompanyState,
  remote: Remote,
  added: ReadonlySet<number>,
): CompanyState['input'] => {
  const held = (entity: Entity, id: number | null, wanted: Fields): Fields | null => {
    const row = id === null ? undefined : remote[entity].get(id);
    return row === undefined ? null : knownOfOwn(readable(entity, row), wanted);
  };
  const { company, contacts, deals, meetings } = state.input;
  const organization = held('organization', company.pd_org_id, company.wanted);
  const isAdded = company.pd_org_id !== null && added.has(company.pd_org_id);
  return {
    ...state.input,
    company: { ...company, known: isAdded ? unlessEmpty(organization, company.known) : organization },
    contacts: contacts.map((one) => ({ ...one, known: held('person', one.pd_person_id, one.wanted) })),
    deals: deals.map((one) => ({ ...one, known: held('deal', one.pd_deal_id, one.wanted) })),
    meetings: meetings.map((one) => ({ ...one, known: held('activity', one.pd_activity_id, one.wanted) })),
  };
};

const compareNames = ({ contacts, deals, company }: CompanyState, remote: Remote): Finding[] => {
  const compare = (what: string, ours: unknown, theirs: unknown): Finding[] =>
    ours === theirs
      ? []
      : [different(`${what}: ${JSON.stringify(ours)} here, ${JSON.stringify(theirs)} there`)];
  const organization = company.pd_org_id === null ? undefined : remote.organization.get(company.pd_org_id);
  return [
    ...(isAlive(organization) && !company.is_deleted
      ? compare(`the name of company ${company.id}`, company.name, organization['name'])
      : []),
    ...contacts.flatMap((contact) => {
      const row = contact.pd_person_id === null ? undefined : remote.person.get(contact.pd_person_id);
      if (!isAlive(row) || contact.is_deleted || company.is_deleted) return [];
      const name = [contact.first_name, contact.last_name].filter(Boolean).join(' ');
      return [
        ...compare(`the name of contact ${contact.id}`, name, row['name']),
        ...compare(`the organization of contact ${contact.id}`, company.pd_org_id, row['org_id']),
      ];
    }),
    ...deals.flatMap((deal) => {
      const row = deal.pd_deal_id === null ? undefined : remote.deal.get(deal.pd_deal_id);
      if (!isAlive(row) || company.is_deleted) return [];
      return [
        ...compare(`the status of deal ${deal.id}`, deal.status, row['status']),
        ...(deal.status === 'open' ? compare(`the title of deal ${deal.id}`, deal.name, row['title']) : []),
      ];
    }),
  ];
};

/** Who was told no stays with Hermes, with the company that the booking named, and goes to Pipedrive with the company's next change. */
const isUnasked = ({ company, contacts }: CompanyState, { call, recordId }: Step, told: ToldNo): boolean => {
  if (company.wanted_version === 0) return true;
  const contact = call === 'createPerson' ? contacts.find(({ id }) => id === recordId) : undefined;
  return told.has(contact?.email ?? '');
};

const judgeCompany = (
  state: CompanyState,
  remote: Remote,
  { added, told }: { added: ReadonlySet<number>; told: ToldNo },
): Finding[] => {
  const missing = linkedOf(state)
    .filter(({ entity, remoteId, isDeleted }) => {
      return remoteId !== null && !isDeleted && !isAlive(remote[entity].get(remoteId));
    })
    .map(({ entity, recordId, remoteId }) =>
      lost(`${entity} ${remoteId} is gone, though a record of Hermes is linked to it: ${recordId}`),
    );
  const steps = planSync(againstReality(state, remote, added))
    .filter((step) => !isUnasked(state, step, told))
    .map(({ call, recordId, fields }) =>
      different(`${call} of ${recordId} is still to be made: ${fields.join(', ')}`),
    );
  return [...missing, ...steps, ...compareNames(state, remote)];
};

/** A live record that no record of Hermes is linked to was made twice, unless people made it and Hermes has no use for it. */
const judgeStrangers = (linked: readonly Linked[], remote: Remote): Finding[] =>
  entities.flatMap((entity) => {
    const ids = new Set(linked.filter((one) => one.entity === entity).map(({ remoteId }) => remoteId));
    return aliveOf(remote[entity])
      .filter(({ id }) => !ids.has(id))
      .map(({ id }) => doubled(`${entity} ${id} belongs to no record of Hermes`));
  });

const judgeOwnIds = (remote: Remote, map: FieldMap): Finding[] =>
  (['organization', 'person', 'deal'] as const).flatMap((entity) => {
    const key = map.keys[entity].hermes_id ?? '';
    const idOf = ({ custom_fields: custom }: RemoteRow): string | null => {
      const id = (custom as Record<string, unknown> | undefined)?.[key];
      return typeof id === 'string' || typeof id === 'number' ? String(id) : null;
    };
    return [...repeated(aliveOf(remote[entity]), idOf)].map(([id, rows]) =>
      doubled(`${entity} ${rows.map((row) => row.id).join(' and ')} are both Hermes’s ${id}`),
    );
  });

const judgeTyped = ({ typed }: PeopleWork, remote: Remote): Finding[] =>
  [...typed].flatMap(([record, name]) => {
    const [entity = '', id] = record.split(' ');
    const row = remote[entity as Entity].get(Number(id));
    const now = row?.[entity === 'deal' ? 'title' : 'name'];
    return !isAlive(row) || now === name
      ? []
      : [different(`somebody named ${record} ${name}, and it is ${String(now)}`)];
  });

export interface RecordVerdict {
  companies: number;
  /** Live records in Pipedrive. */
  remote: Record<Entity, number>;
  findings: Finding[];
}

export const judgeRecords = async (
  stage: Stage,
  { people, visits }: Pick<Happened, 'people' | 'visits'>,
): Promise<RecordVerdict> => {
  const { db } = stage;
  const environment = readEnvironment(stage.environment);
  const map = await createFieldMapReader(db)();
  const remote = remoteOf(stage);
  const told: ToldNo = new Set(
    visits
      .filter(({ answers }) => answers.every((answer) => answer?.status !== 200))
      .map(({ email }) => email),
  );
  const linked: Linked[] = [];
  const findings: Finding[] = [];
  const ids = await db('company').orderBy('id').pluck<number[]>('id');
  for (const id of ids) {
    const state = await loadCompanyState(db, environment, map, id);
    if (state === null) continue;
    linked.push(...linkedOf(state));
    findings.push(...judgeCompany(state, remote, { added: people.added, told }));
    const { pipedrive_failure: pipedrive, tc2_failure: tc2 } = state.company;
    for (const reason of [pipedrive, tc2]) {
      if (reason !== null) findings.push(different(`company ${id} was refused: ${reason}`));
    }
  }
  return {
    companies: ids.length,
    remote: {
      organization: aliveOf(remote.organization).length,
      person: aliveOf(remote.person).length,
      deal: aliveOf(remote.deal).length,
      activity: aliveOf(remote.activity).length,
    },
    findings: [
      ...findings,
      ...judgeStrangers(linked, remote),
      ...judgeOwnIds(remote, map),
      ...judgeTyped(people, remote),
    ],
  };
};
