/** Finding the organization of a company that Pipedrive has already (SYN-52 to SYN-59, TCC-45). */
import type { ContactRow } from '../../db/models/index.ts';
import { customField, knownFromReading } from '../../domain/pipedrive/fields.ts';
import type { OrganizationSearch } from '../../domain/pipedrive/searches.ts';
import type { StepOutcome } from '../../workflows/syncSteps.ts';
import { callInTurn, dataOf, type CallSubject } from '../downstream/call.ts';
import { saveRemoteRecord } from '../hermes/remoteRecord.ts';
import type { CompanyState } from './companyState.ts';
import type { PipedriveDependencies } from './deps.ts';
import { loadRecord } from './records.ts';
import { link } from './tombstones.ts';

export interface SearchRequest {
  companyId: number;
  search: OrganizationSearch;
}

const searchedHits = 20;

const lower = (text: unknown): string => (typeof text === 'string' ? text.toLowerCase() : '');

const digits = (text: string): string => text.replaceAll(/\D/g, '');

const contactOf = (state: CompanyState, search: OrganizationSearch): ContactRow | undefined =>
  'contactId' in search ? state.contacts.find(({ id }) => id === search.contactId) : undefined;

/** Organizations that the search points at, in the order of Pipedrive's answer. */
const candidates = async (
  dependencies: PipedriveDependencies,
  state: CompanyState,
  search: OrganizationSearch,
): Promise<number[]> => {
  const { db, pipedrive, limits, fieldMap } = dependencies;
  const { company, input } = state;
  const subject = (searches: boolean): CallSubject => ({
    system: 'pipedrive',
    limits: searches ? limits.searches : limits.calls,
    companyId: company.id,
    entity: 'organization',
    recordId: company.id,
  });
  const contact = contactOf(state, search);
  const { keys } = await fieldMap();

  const byCustomValue = async (term: string): Promise<number[]> => {
    const result = await callInTurn(db, subject(true), (signal) =>
      pipedrive.organizations.search(
        { term, fields: ['custom_fields'], exact_match: true, limit: searchedHits },
        { signal },
      ),
    );
    return dataOf(result)
      .items.filter(({ custom_fields: values }) =>
        (values ?? []).some((value) => lower(String(value)) === lower(term)),
      )
      .map(({ id }) => id);
  };

  const byPerson = async (field: 'email' | 'phone', term: string): Promise<number[]> => {
    const result = await callInTurn(db, subject(true), (signal) =>
      pipedrive.persons.search({ term, fields: [field], exact_match: true, limit: searchedHits }, { signal }),
    );
    const matches = (values: readonly string[] | null | undefined): boolean =>
      (values ?? []).some((value) =>
        field === 'email' ? lower(value) === lower(term) : digits(value) === digits(term),
      );
    return dataOf(result)
      .items.filter((hit) => matches(field === 'email' ? hit.emails : hit.phones))
      .map(({ organization }) => organization?.id)
      .filter((id) => id !== undefined);
  };

  switch (search.by) {
    case 'hermesId':
      return byCustomValue(String(company.id));
    case 'cligency': {
      const url = input.company.wanted[customField(keys.organization.tc2_cligency_url ?? '')];
      return typeof url === 'string' ? byCustomValue(url) : [];
    }
    case 'email':
      return contact?.email ? byPerson('email', contact.email) : [];
    case 'phone':
      return contact?.phone ? byPerson('phone', contact.phone) : [];
    case 'person': {
      const personId = contact?.pd_person_id ?? null;
      if (personId === null) return [];
      const result = await callInTurn(
        db,
        { ...subject(false), entity: 'person', recordId: contact?.id ?? null },
        (signal) => pipedrive.persons.get(personId, { signal }),
      );
      if (!result.ok && result.failure.kind === 'gone') return [];
      const { org_id: organizationId } = dataOf(result);
      return organizationId === null || organizationId === undefined ? [] : [organizationId];
    }
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

export interface AdoptRequest {
  companyId: number;
  organizationId: number;
}

const hermesIdsIn = (value: unknown): number[] =>
  (typeof value === 'string' || typeof value === 'number' ? String(value) : '')
    .split(',')
    .map((part) => Number(part.trim()))
    .filter((id) => Number.isInteger(id) && id > 0);

/**
 * Confirms a candidate by reading it, because searches lag and return what was deleted, and links it.
 *
 * @returns done when it is linked, unneeded when the company was linked meanwhile, skipped when the organization is gone or belongs to
 * another company
 */
export const adoptOrganization =
  (dependencies: PipedriveDependencies) =>
  async ({ companyId, organizationId }: AdoptRequest): Promise<StepOutcome> => {
    const { db, pipedrive, limits, fieldMap } = dependencies;
    const loaded = await loadRecord(dependencies, 'organization', { companyId, recordId: companyId });
    if (loaded === null) return 'skipped';
    if (loaded.record.remoteId !== null) return 'unneeded';
    const readAt = new Date();
    const result = await callInTurn(
      db,
      { system: 'pipedrive', limits: limits.calls, companyId, entity: 'organization', recordId: companyId },
      (signal) => pipedrive.organizations.get(organizationId, { signal }),
    );
    if (!result.ok && result.failure.kind === 'gone') return 'skipped';
    const organization = dataOf(result);
    const key = (await fieldMap()).keys.organization.hermes_id;
    const named = key === undefined ? [] : hermesIdsIn(organization.custom_fields?.[key]);
    if (named.length > 0 && !named.includes(companyId)) {
      const owner = await db('company').whereIn('id', named).where({ is_deleted: false }).first('id');
      if (owner !== undefined) return 'skipped';
    }
    return db.transaction(async (trx): Promise<StepOutcome> => {
      const taken = await trx('company').where({ pd_org_id: organizationId }).first('id');
      if (taken !== undefined) return 'skipped';
      await saveRemoteRecord(trx, 'pipedrive', 'organization', organizationId, {
        known: knownFromReading(organization, loaded.record.wanted),
        in_doubt: [],
        read_at: readAt,
      });
      return (await link(trx, 'organization', companyId, organizationId)) ? 'done' : 'unneeded';
    });
  };
