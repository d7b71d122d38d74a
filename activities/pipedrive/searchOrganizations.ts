/** Finding the organization of a company that Pipedrive has already (SYN-52 to SYN-59, TCC-45). */
import type { ContactRow } from '../../db/models/index.ts';
import { customField } from '../../domain/pipedrive/fields.ts';
import { hasCustomValue, hasDetail, type OrganizationSearch } from '../../domain/pipedrive/searches.ts';
import { callInTurn, dataOf, type CallSubject } from '../downstream/call.ts';
import type { CompanyState } from './companyState.ts';
import type { PipedriveDependencies } from './deps.ts';
import { loadRecord } from './loadRecord.ts';

export interface SearchRequest {
  companyId: number;
  search: OrganizationSearch;
}

/** Hits asked for: exact searches find a few at most. */
const searchedHits = 20;

/** What a search works with. */
interface Searcher {
  dependencies: PipedriveDependencies;
  companyId: number;
}

const searchSubject = ({ dependencies, companyId }: Searcher): CallSubject => ({
  system: 'pipedrive',
  limits: dependencies.limits.searches,
  companyId,
  entity: 'organization',
  recordId: companyId,
});

const byCustomValue = async (searcher: Searcher, term: string): Promise<number[]> => {
  const { db, pipedrive } = searcher.dependencies;
  const query = { term, fields: ['custom_fields' as const], exact_match: true, limit: searchedHits };
  const result = await callInTurn(db, searchSubject(searcher), (signal) =>
    pipedrive.organizations.search(query, { signal }),
  );
  return dataOf(result)
    .items.filter(({ custom_fields: values }) => hasCustomValue(values ?? [], term))
    .map(({ id }) => id);
};

const byDetail = async (
  searcher: Searcher,
  field: 'email' | 'phone',
  term: string | null | undefined,
): Promise<number[]> => {
  if (term === null || term === undefined || term === '') return [];
  const { db, pipedrive } = searcher.dependencies;
  const query = { term, fields: [field], exact_match: true, limit: searchedHits };
  const result = await callInTurn(db, searchSubject(searcher), (signal) =>
    pipedrive.persons.search(query, { signal }),
  );
  return dataOf(result)
    .items.filter(({ emails, phones }) => hasDetail(field, (field === 'email' ? emails : phones) ?? [], term))
    .map(({ organization }) => organization?.id)
    .filter((id) => id !== undefined);
};

/** A linked person is read, which is cheaper than a search. */
const byPerson = async (
  { dependencies, companyId }: Searcher,
  contact: ContactRow | undefined,
): Promise<number[]> => {
  const personId = contact?.pd_person_id ?? null;
  if (personId === null) return [];
  const { db, pipedrive, limits } = dependencies;
  const result = await callInTurn(
    db,
    {
      system: 'pipedrive',
      limits: limits.calls,
      companyId,
      entity: 'person',
      recordId: contact?.id ?? null,
    },
    (signal) => pipedrive.persons.get(personId, { signal }),
  );
  if (!result.ok && result.failure.kind === 'gone') return [];
  const { org_id: organizationId } = dataOf(result);
  return organizationId === null || organizationId === undefined ? [] : [organizationId];
};

/** Organizations that the search points at, in the order of Pipedrive's answer. */
const candidates = async (
  dependencies: PipedriveDependencies,
  { company, contacts, input }: CompanyState,
  search: OrganizationSearch,
): Promise<number[]> => {
  const searcher: Searcher = { dependencies, companyId: company.id };
  const contact = 'contactId' in search ? contacts.find(({ id }) => id === search.contactId) : undefined;
  switch (search.by) {
    case 'hermesId':
      return byCustomValue(searcher, String(company.id));
    case 'cligency': {
      const { keys } = await dependencies.fieldMap();
      const url = input.company.wanted[customField(keys.organization.tc2_cligency_url ?? '')];
      return typeof url === 'string' ? byCustomValue(searcher, url) : [];
    }
    case 'email':
      return byDetail(searcher, 'email', contact?.email);
    case 'phone':
      return byDetail(searcher, 'phone', contact?.phone);
    case 'person':
      return byPerson(searcher, contact);
  }
};

/** Makes one search. @returns organizations that no other company is linked to (SYN-58) */
export const searchOrganizations =
  (dependencies: PipedriveDependencies) =>
  async ({ companyId, search }: SearchRequest): Promise<number[]> => {
    const loaded = await loadRecord(dependencies, 'organization', { companyId, recordId: companyId });
    if (loaded === null || loaded.record.remoteId !== null) return [];
    const found = [...new Set(await candidates(dependencies, loaded.state, search))];
    if (found.length === 0) return [];
    const taken = await dependencies.db('company').whereIn('pd_org_id', found).pluck<number[]>('pd_org_id');
    return found.filter((id) => !taken.includes(id));
  };
