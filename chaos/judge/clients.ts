/** TutorCruncher and Hermes, client by client; and what Hermes wrote back. */
import type { Tc2Client } from '../../sandbox/tc2/events.ts';
import type { Stage } from '../stage/stage.ts';
import { different, doubled, lost, repeated, type Finding } from './finding.ts';

interface Company {
  id: number;
  tc2_cligency_id: number;
  pd_org_id: number | null;
  is_deleted: boolean;
  deleted_by: string | null;
  tc2_status: string | null;
  paid_invoice_count: number | null;
  narc: boolean;
  gclid: string | null;
  has_booked_call: boolean;
}

const writtenBack = ({ extra_attrs: attributes }: Tc2Client, name: string): string | null => {
  const value: unknown = attributes.find(({ machine_name: machineName }) => machineName === name)?.value;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
};

const compare = (client: Tc2Client, company: Company | undefined): Finding[] => {
  const agency = client.meta_agency;
  if (agency === null) return [];
  if (company === undefined) return [lost(`client ${client.id} has no company`)];
  const findings: Finding[] = [];
  const expect = (what: string, theirs: unknown, ours: unknown): void => {
    if ((theirs ?? null) === (ours ?? null)) return;
    findings.push(different(`${what} of client ${client.id}: ${String(theirs)} there, ${String(ours)} here`));
  };
  if (company.is_deleted && company.deleted_by === 'tc2') {
    findings.push(different(`client ${client.id} lives, its company is deleted`));
  }
  expect('the status', agency.status, company.tc2_status);
  expect('the invoices', agency.paid_invoice_count, company.paid_invoice_count);
  expect('NARC', agency.narc ?? false, company.narc);
  expect('the gclid', agency.gclid ?? null, company.gclid);
  // What is removed from Pipedrive stays written there: the write-back says what is, not what was.
  if (company.pd_org_id !== null && !company.is_deleted) {
    expect('the organization', writtenBack(client, 'pipedrive_id'), String(company.pd_org_id));
  }
  return findings;
};

export const judgeClients = async ({ db, peers: { tc2 } }: Stage): Promise<Finding[]> => {
  const companies = (await db('company').whereNotNull('tc2_cligency_id').select('*')) as Company[];
  const byClient = new Map(companies.map((company) => [company.tc2_cligency_id, company]));
  return [
    ...[...tc2.state.clients.values()].flatMap((client) => compare(client, byClient.get(client.id))),
    ...[...tc2.state.trash.keys()]
      // A sales call brings a deleted company back.
      .filter((id) => byClient.get(id)?.is_deleted === false && byClient.get(id)?.has_booked_call === false)
      .map((id) => different(`client ${id} is deleted, its company lives`)),
    ...[...repeated(companies, ({ tc2_cligency_id: id }) => String(id)).keys()].map((id) =>
      doubled(`client ${id} has two companies`),
    ),
  ];
};
