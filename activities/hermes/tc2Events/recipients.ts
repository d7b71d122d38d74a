/** Paid recipients of a client: they become contacts of its company. */
import type { Knex } from 'knex';
import type { CompanyRow } from '../../../db/models/index.ts';
import type { ClientPlan } from '../../../domain/company/planClient.ts';
import type { Tc2Client, Tc2Recipient } from '../../../domain/tc2/client.ts';
import { fieldChanges, type RecordChange } from '../changes.ts';

/**
 * A contact who was here before becoming a paid recipient, by booking a call or from Pipedrive, is the same person: linked, not
 * doubled. One that was deleted is linked as it is, or the recipient would bring it back under another id (PDM-44).
 */
const adoptByEmail = async (
  trx: Knex,
  companyId: number,
  recipient: Tc2Recipient,
): Promise<number | null> => {
  if (recipient.email === null) return null;
  const row = (await trx('contact')
    .where({ company_id: companyId })
    .whereNull('tc2_sr_id')
    .whereRaw('lower(email) = lower(?)', [recipient.email])
    .orderBy(['is_deleted', 'id'])
    .first('id')) as { id: number } | undefined;
  if (row === undefined) return null;
  await trx('contact').where({ id: row.id }).update({ tc2_sr_id: recipient.id });
  return row.id;
};

/** Makes or links the contacts that the plan names. A new company has nobody to link. */
export const addContacts = async (
  trx: Knex,
  client: Tc2Client,
  company: CompanyRow,
  { recipients, isNew }: ClientPlan,
): Promise<RecordChange[]> => {
  const changes: RecordChange[] = [];
  for (const recipient of recipients) {
    const entity = 'contact' as const;
    const adopted = isNew ? null : await adoptByEmail(trx, company.id, recipient);
    if (adopted !== null) {
      const fields = { tc2_sr_id: { before: null, after: recipient.id } };
      changes.push({ entity, recordId: adopted, companyId: company.id, fields });
      continue;
    }
    const contact = {
      tc2_sr_id: recipient.id,
      first_name: recipient.first_name,
      last_name: recipient.last_name,
      email: recipient.email ?? client.email,
      phone: client.phone,
      country: company.country,
    };
    const [row] = (await trx('contact')
      .insert({ ...contact, company_id: company.id })
      .options({ name: 'insert_recipient' })
      .returning('id')) as [{ id: number }];
    changes.push({ entity, recordId: row.id, companyId: company.id, fields: fieldChanges(null, contact) });
  }
  return changes;
};
