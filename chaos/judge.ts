/** The judge: what was lost, what was doubled, what differs. */
import { createFieldMapReader } from '../activities/hermes/fieldMap.ts';
import { loadCompanyState } from '../activities/pipedrive/companyState.ts';
import { dealChanges, organizationChanges, personChanges } from '../domain/pipedrive/changes.ts';
import { isPaying } from '../domain/company/terms.ts';
import { knownFromReading, type Fields } from '../domain/pipedrive/fields.ts';
import { readEnvironment } from '../environment/environment.ts';
import type { Stage } from './stage.ts';

export interface Verdict {
  webhooksAcknowledged: number;
  outcomes: Record<string, number>;
  companies: number;
  organizations: number;
  persons: number;
  deals: number;
  calls: number;
  /** Empty when nothing was lost, doubled or differs. */
  faults: string[];
}

type RemoteRow = Record<string, unknown> & { id: number; is_deleted?: boolean };

const alive = (rows: ReadonlyMap<number, unknown>): RemoteRow[] =>
  ([...rows.values()] as RemoteRow[]).filter((row) => row.is_deleted !== true && row.status !== 'deleted');

const differs = (changes: Fields, what: string): string[] =>
  Object.keys(changes).length === 0 ? [] : [`${what} differs in ${Object.keys(changes).join(', ')}`];

const acknowledgedMissing = async ({ db, tc2 }: Stage): Promise<{ count: number; faults: string[] }> => {
  const delivered = tc2.deliveries.filter(({ attempts }) => attempts.some(({ status }) => status === 200));
  const hashes = (await db('webhook').distinct('body_hash').pluck('body_hash')) as Buffer[];
  const known = new Set(hashes.map((hash) => hash.toString('hex')));
  const { createHash } = await import('node:crypto');
  const missing = delivered.filter(({ body }) => !known.has(createHash('sha256').update(body).digest('hex')));
  return {
    count: delivered.length,
    faults: missing.length === 0 ? [] : [`${missing.length} acknowledged webhooks are not in the inbox`],
  };
};

const compareCompanies = async (stage: Stage): Promise<string[]> => {
  const { db, pipedrive } = stage;
  const environment = readEnvironment(stage.environment);
  const map = await createFieldMapReader(db)();
  const faults: string[] = [];
  const organizations = new Set<number>();
  const persons = new Set<number>();
  const deals = new Set<number>();
  for (const id of (await db('company').orderBy('id').pluck('id')) as number[]) {
    const state = await loadCompanyState(db, environment, map, id);
    if (state === null) continue;
    const { input, company } = state;
    if (company.pd_org_id !== null) {
      organizations.add(company.pd_org_id);
      const row = pipedrive.organizations.get(company.pd_org_id) as RemoteRow | undefined;
      if (row === undefined || row.is_deleted === true)
        faults.push(`the organization of company ${id} is missing`);
      else if (!company.is_deleted) {
        const wanted = input.company.wanted;
        faults.push(
          ...differs(
            organizationChanges(wanted, knownFromReading(row, wanted)),
            `the organization of company ${id}`,
          ),
        );
      }
    } else if (!company.is_deleted && !company.narc) faults.push(`company ${id} has no organization`);
    for (const contact of input.contacts) {
      if (contact.pd_person_id === null) {
        if (!contact.is_deleted && !company.is_deleted && !company.narc)
          faults.push(`contact ${contact.id} has no person`);
        continue;
      }
      persons.add(contact.pd_person_id);
      const row = pipedrive.persons.get(contact.pd_person_id) as RemoteRow | undefined;
      if (row === undefined) faults.push(`the person of contact ${contact.id} is missing`);
      else if (!contact.is_deleted && !company.is_deleted) {
        faults.push(
          ...differs(
            personChanges(contact.wanted, knownFromReading(row, contact.wanted)),
            `the person of contact ${contact.id}`,
          ),
        );
      }
    }
    for (const deal of input.deals) {
      if (deal.pd_deal_id === null) continue;
      deals.add(deal.pd_deal_id);
      const row = pipedrive.deals.get(deal.pd_deal_id) as RemoteRow | undefined;
      if (row === undefined) {
        faults.push(`deal ${deal.id} is missing`);
        continue;
      }
      if (deal.status === 'lost' && row.status === 'open')
        faults.push(`deal ${deal.id} is lost here and open in Pipedrive`);
      if (deal.status === 'open' && !company.is_deleted) {
        const wanted = isPaying(company) ? deal.wantedCount : deal.wanted;
        faults.push(...differs(dealChanges(wanted, knownFromReading(row, wanted)), `deal ${deal.id}`));
      }
    }
  }
  const strangers = (name: string, rows: RemoteRow[], linked: ReadonlySet<number>): string[] => {
    const extra = rows.filter(({ id }) => !linked.has(id));
    return extra.length === 0 ? [] : [`${extra.length} ${name} in Pipedrive belong to no record: doubled`];
  };
  return [
    ...faults,
    ...strangers('organizations', alive(pipedrive.organizations), organizations),
    ...strangers('persons', alive(pipedrive.persons), persons),
    ...strangers('deals', alive(pipedrive.deals), deals),
  ];
};

const compareClients = async ({ db, tc2 }: Stage): Promise<string[]> => {
  const faults: string[] = [];
  for (const [id, client] of tc2.state.clients) {
    const company = (await db('company').where({ tc2_cligency_id: id }).first()) as
      | {
          is_deleted: boolean;
          tc2_status: string;
          paid_invoice_count: number;
          narc: boolean;
          gclid: string | null;
        }
      | undefined;
    const agency = client.meta_agency;
    if (agency === null) continue;
    if (company === undefined) {
      faults.push(`client ${id} has no company`);
      continue;
    }
    if (company.is_deleted) faults.push(`client ${id} lives, its company is deleted`);
    if (company.tc2_status !== agency.status)
      faults.push(`client ${id} is ${agency.status}, its company ${company.tc2_status}`);
    if (company.paid_invoice_count !== agency.paid_invoice_count)
      faults.push(`the invoices of client ${id} differ`);
    if (company.narc !== (agency.narc ?? false)) faults.push(`narc of client ${id} differs`);
  }
  for (const id of tc2.state.trash.keys()) {
    const company = (await db('company').where({ tc2_cligency_id: id }).first()) as
      { is_deleted: boolean } | undefined;
    if (company !== undefined && !company.is_deleted)
      faults.push(`client ${id} is deleted, its company lives`);
  }
  return faults;
};

/** Compares TutorCruncher, Hermes and Pipedrive record by record, after quiet. */
export const judge = async (stage: Stage): Promise<Verdict> => {
  const { db, pipedrive } = stage;
  const acknowledged = await acknowledgedMissing(stage);
  const rows = (await db('webhook').select('outcome').count('* as count').groupBy('outcome')) as {
    outcome: string | null;
    count: number;
  }[];
  const outcomes = Object.fromEntries(rows.map(({ outcome, count }) => [outcome ?? 'none', count]));
  const refused = (await db('company')
    .whereNotNull('pipedrive_failure')
    .select('id', 'pipedrive_failure')) as {
    id: number;
    pipedrive_failure: string;
  }[];
  return {
    webhooksAcknowledged: acknowledged.count,
    outcomes,
    companies: Number((await db('company').count('* as count').first())?.count ?? 0),
    organizations: alive(pipedrive.organizations).length,
    persons: alive(pipedrive.persons).length,
    deals: alive(pipedrive.deals).length,
    calls: pipedrive.requests.entries.length,
    faults: [
      ...acknowledged.faults,
      ...(outcomes.none === undefined ? [] : [`${outcomes.none} webhooks have no outcome`]),
      ...(outcomes.failed === undefined ? [] : [`${outcomes.failed} webhooks failed`]),
      ...refused.map(({ id, pipedrive_failure: reason }) => `company ${id} was refused: ${reason}`),
      ...(await compareClients(stage)),
      ...(await compareCompanies(stage)),
    ],
  };
};
