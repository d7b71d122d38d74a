/** Reads a company's records from Pipedrive and puts them beside what Hermes holds. Changes nothing. */
import { loadCompanyState } from '../../activities/pipedrive/companyState.ts';
import { createFieldMapReader } from '../../activities/hermes/fieldMap.ts';
import type { CallResult } from '../../clients/failure.ts';
import type { PipedriveClient } from '../../clients/pipedrive/client.ts';
import type { Database } from '../../db/connection.ts';
import { isEmpty, knownFromReading, sameValue, type Fields } from '../../domain/pipedrive/fields.ts';
import type { Environment } from '../../environment/environment.ts';

export interface ComparedField {
  /** Pipedrive's name or key. */
  key: string;
  /** Ours, where the field map has one. */
  name: string | null;
  hermes: unknown;
  pipedrive: unknown;
  same: boolean;
}

export interface ComparedRecord {
  entity: 'organization' | 'person' | 'deal';
  recordId: number;
  remoteId: number | null;
  /** Why there is nothing to compare, else null. */
  obstacle: string | null;
  fields: ComparedField[];
}

interface NamedField {
  entity: string;
  name: string;
  pipedrive_key: string;
}

interface Subject {
  entity: ComparedRecord['entity'];
  recordId: number;
  remoteId: number | null;
  wanted: Fields;
}

type Reader = (id: number) => Promise<CallResult<Record<string, unknown>>>;

const withoutPrefix = (key: string): string => key.replace(/^custom_fields\./, '');

const compare = async (
  read: Reader,
  subject: Subject,
  names: Map<string, string>,
): Promise<ComparedRecord> => {
  const { wanted, ...record } = subject;
  if (record.remoteId === null) return { ...record, obstacle: 'not in Pipedrive', fields: [] };
  const answer = await read(record.remoteId);
  if (!answer.ok) return { ...record, obstacle: answer.failure.summary, fields: [] };
  const held = knownFromReading(answer.data, wanted);
  const fields = Object.entries(wanted).map(([key, hermes]) => ({
    key: withoutPrefix(key),
    name: names.get(`${record.entity}:${withoutPrefix(key)}`) ?? null,
    hermes,
    pipedrive: held[key] ?? null,
    same: sameValue(hermes, held[key]) || (isEmpty(hermes) && isEmpty(held[key])),
  }));
  return { ...record, obstacle: null, fields: fields.toSorted((a, b) => Number(a.same) - Number(b.same)) };
};

/**
 * One call per linked record.
 *
 * @returns null when there is no such company
 */
export const compareCompany = async (
  db: Database,
  environment: Environment,
  pipedrive: PipedriveClient,
  companyId: number,
): Promise<ComparedRecord[] | null> => {
  const state = await loadCompanyState(db, environment, await createFieldMapReader(db)(), companyId);
  if (state === null) return null;
  const { company, contacts, deals } = state.input;
  const known = [
    // Pipedrive's own name of a field stands where the map has none of ours.
    ...(await db('pipedrive_field_definition').select<NamedField[]>('entity', 'name', 'pipedrive_key')),
    ...(await db('pipedrive_field').select<NamedField[]>('entity', 'name', 'pipedrive_key')),
  ];
  const names = new Map(known.map((row) => [`${row.entity}:${row.pipedrive_key}`, row.name]));
  const subjects: [Reader, Subject][] = [
    [
      (id) => pipedrive.organizations.get(id),
      { entity: 'organization', recordId: company.id, remoteId: company.pd_org_id, wanted: company.wanted },
    ],
    ...contacts.map(({ id, pd_person_id: remoteId, wanted }): [Reader, Subject] => [
      (personId) => pipedrive.persons.get(personId),
      { entity: 'person', recordId: id, remoteId, wanted },
    ]),
    ...deals.map(({ id, pd_deal_id: remoteId, wanted }): [Reader, Subject] => [
      (dealId) => pipedrive.deals.get(dealId),
      { entity: 'deal', recordId: id, remoteId, wanted },
    ]),
  ];
  const compared: ComparedRecord[] = [];
  // One after the other: the calls share Pipedrive's limits with the sync.
  for (const [read, subject] of subjects) compared.push(await compare(read, subject, names));
  return compared;
};
