/** What was lost, what was doubled, what differs, once all is quiet. */
import { createHash } from 'node:crypto';
import type { Rehearsal } from './stage.ts';

/** Whether every webhook has its outcome and no company is behind. */
export const isQuiet = async ({ db }: Rehearsal): Promise<boolean> => {
  const waiting = await db('webhook').whereNull('outcome').whereNotNull('type').first('id');
  const behind = await db('company')
    .whereRaw('pipedrive_synced_version < wanted_version or tc2_synced_version < wanted_version')
    .first('id');
  return waiting === undefined && behind === undefined;
};

interface CompanyRow {
  id: number;
  tc2_status: string;
  paid_invoice_count: number;
  pd_org_id: number | null;
}

/** Webhooks that were answered 200 must be in the inbox. */
const lostWebhooks = async ({ db, accounts: { tc2 } }: Rehearsal): Promise<[number, string[]]> => {
  const acknowledged = tc2.deliveries.filter(({ attempts }) => attempts.some(({ status }) => status === 200));
  const hashes = await db('webhook').pluck<Buffer[]>('body_hash');
  const known = new Set(hashes.map((hash) => hash.toString('hex')));
  const lost = acknowledged.filter(({ body }) => !known.has(createHash('sha256').update(body).digest('hex')));
  return [
    acknowledged.length,
    lost.length === 0 ? [] : [`${lost.length} acknowledged webhooks are not in the inbox`],
  ];
};

const failedWebhooks = async ({ db }: Rehearsal): Promise<string[]> => {
  const failed = await db('webhook').where({ outcome: 'failed' }).pluck<number[]>('id');
  return failed.length === 0 ? [] : [`${failed.length} webhooks failed`];
};

/** Every client is one company and one organization, and they agree. */
const differences = async ({ db, accounts }: Rehearsal): Promise<string[]> => {
  const findings: string[] = [];
  for (const [id, { meta_agency: agency }] of accounts.tc2.state.clients) {
    const companies = await db<CompanyRow>('company').where('tc2_cligency_id' as keyof CompanyRow, id);
    const [company] = companies;
    if (company === undefined || companies.length > 1 || agency === null) {
      findings.push(`client ${id} has ${companies.length} companies`);
      continue;
    }
    if (company.tc2_status !== agency.status || company.paid_invoice_count !== agency.paid_invoice_count)
      findings.push(`client ${id} and company ${company.id} differ`);
    const named = [...accounts.pipedrive.organizations.values()].filter(({ name }) => name === agency.name);
    if (named.length > 1) findings.push(`client ${id} has ${named.length} organizations`);
    if (!accounts.pipedrive.organizations.has(company.pd_org_id ?? 0))
      findings.push(`company ${company.id} has no organization`);
  }
  return findings;
};

/** Looks at TutorCruncher, Hermes and Pipedrive. */
export const judge = async (
  stage: Rehearsal,
): Promise<{ webhooks: number; companies: number; findings: string[] }> => {
  const [webhooks, lost] = await lostWebhooks(stage);
  const companies = await stage.db('company').pluck<number[]>('id');
  return {
    webhooks,
    companies: companies.length,
    findings: [...lost, ...(await failedWebhooks(stage)), ...(await differences(stage))],
  };
};
