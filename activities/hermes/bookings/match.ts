/**
 * Whom a booking is for: the company and the contact, found or made (CBS-54).
 *
 * Precedence: the company named by id, the company of a contact with that e-mail, of a contact with that phone, a company of that
 * name. What is found keeps its values (CBS-04 to CBS-09); only an e-mail that a contact lacks is filled in (CBS-10, CBU-03).
 */
import type { Knex } from 'knex';
import type { CompanyRow, ContactRow } from '../../../db/models/index.ts';
import type { Booking, SalesBooking, SupportBooking } from '../../../domain/callbooker/booking.ts';
import { isTelling } from '../../../domain/values/phone.ts';
import { fieldChanges, type RecordChange } from '../changes.ts';

/** Live records before deleted ones, newer before older. A contact that lost a merge is never meant. */
const contacts = (trx: Knex) =>
  trx('contact')
    .whereRaw(`deleted_by is distinct from 'merge'`)
    .orderBy([{ column: 'is_deleted' }, { column: 'id', order: 'desc' }]);

const byEmail = (trx: Knex, email: string, where: Partial<ContactRow> = {}) =>
  contacts(trx).where(where).whereRaw('lower(email) = ?', [email]).first() as Promise<ContactRow | undefined>;

/** Someone of that last name whose e-mail nobody knew. */
const byLastName = (trx: Knex, companyId: number, lastName: string, withEmail: boolean) =>
  contacts(trx)
    .where({ company_id: companyId })
    .whereRaw('lower(last_name) = lower(?)', [lastName])
    .modify((query) => {
      if (!withEmail) void query.whereRaw(`coalesce(email, '') = ''`);
    })
    .orderByRaw(`coalesce(email, '') = ''`)
    .first() as Promise<ContactRow | undefined>;

const companyById = (trx: Knex, id: number) =>
  trx('company').where({ id }).first() as Promise<CompanyRow | undefined>;

const companyByName = (trx: Knex, name: string) =>
  trx('company')
    .whereRaw('lower(name) = lower(?)', [name])
    .orderBy([{ column: 'is_deleted' }, { column: 'id', order: 'desc' }])
    .first() as Promise<CompanyRow | undefined>;

/** What was found; what is missing is made by `storeMatch`. */
export interface Match {
  company: CompanyRow | undefined;
  contact: ContactRow | undefined;
}

const withinCompany = async (trx: Knex, company: CompanyRow, booking: Booking): Promise<Match> => {
  const named =
    booking.email === null ? undefined : await byEmail(trx, booking.email, { company_id: company.id });
  const contact = named ?? (await byLastName(trx, company.id, booking.name.lastName, booking.email === null));
  return { company, contact };
};

/** By the company that the booking names, else by e-mail, else by phone, else by the company's name. */
const matchSales = async (trx: Knex, booking: SalesBooking): Promise<Match> => {
  const named = booking.companyId === null ? undefined : await companyById(trx, booking.companyId);
  if (named !== undefined) return withinCompany(trx, named, booking);

  const byPhone = () =>
    isTelling(booking.phone)
      ? (contacts(trx).where({ phone: booking.phone }).first() as Promise<ContactRow | undefined>)
      : undefined;
  const contact = (await byEmail(trx, booking.email)) ?? (await byPhone());
  if (contact !== undefined) return { company: await companyById(trx, contact.company_id), contact };

  const company = await companyByName(trx, booking.companyName);
  return company === undefined ? { company, contact: undefined } : withinCompany(trx, company, booking);
};

/** Only by the company that the link names. */
const matchSupport = async (trx: Knex, booking: SupportBooking): Promise<Match> => {
  const company = await companyById(trx, booking.companyId);
  return company === undefined ? { company, contact: undefined } : withinCompany(trx, company, booking);
};

const find = (trx: Knex, booking: Booking): Promise<Match> =>
  booking.kind === 'sales' ? matchSales(trx, booking) : matchSupport(trx, booking);

const sameMatch = (one: Match, other: Match): boolean =>
  one.company?.id === other.company?.id && one.contact?.id === other.contact?.id;

/**
 * Finds company and contact, and locks both until the transaction ends: webhooks, too, make contacts and fill them in. What is found
 * under the locks counts.
 */
export const lockedMatch = async (trx: Knex, booking: Booking): Promise<Match> => {
  let match = await find(trx, booking);
  for (;;) {
    const { company, contact } = match;
    if (company !== undefined) await trx('company').where({ id: company.id }).forNoKeyUpdate().first('id');
    if (contact !== undefined) await trx('contact').where({ id: contact.id }).forNoKeyUpdate().first('id');
    const locked = await find(trx, booking);
    if (sameMatch(locked, match)) return locked;
    match = locked;
  }
};

/** A Hermes admin id wins over a TC2 admin id of the same number (CBS-13 to CBS-16); null for one that nobody has. */
const bdrPerson = async (trx: Knex, id: number | null): Promise<number | null> => {
  if (id === null) return null;
  const rows = await trx('admin').where({ id }).orWhere({ tc2_admin_id: id }).select<{ id: number }[]>('id');
  return (rows.find((row) => row.id === id) ?? rows[0])?.id ?? null;
};

const insertCompany = async (trx: Knex, booking: SalesBooking): Promise<CompanyRow> => {
  const [row] = (await trx('company')
    .insert({
      name: booking.companyName,
      price_plan: booking.pricePlan,
      country: booking.country,
      website: booking.website,
      currency: booking.currency,
      estimated_income: booking.estimatedIncome,
      utm_campaign: booking.utmCampaign,
      utm_source: booking.utmSource,
      sales_person_id: booking.adminId,
      bdr_person_id: await bdrPerson(trx, booking.bdrPersonId),
      search_by_hermes_id: false,
    })
    .returning('*')) as [CompanyRow];
  return row;
};

const made = (entity: 'company' | 'contact', recordId: number, companyId: number): RecordChange => ({
  entity,
  recordId,
  companyId,
  fields: { id: { before: null, after: recordId } },
});

/** Whom a booking is for, stored. */
export interface StoredMatch {
  company: CompanyRow;
  contact: ContactRow;
  changes: RecordChange[];
}

/** Makes what was not found, and fills in an e-mail that a contact lacks. */
export const storeMatch = async (trx: Knex, booking: Booking, match: Match): Promise<StoredMatch> => {
  const changes: RecordChange[] = [];
  let { company, contact } = match;
  if (company === undefined) {
    if (booking.kind === 'support') throw new Error('a support booking never makes a company');
    company = await insertCompany(trx, booking);
    changes.push(made('company', company.id, company.id));
  }
  if (contact === undefined) {
    const [row] = (await trx('contact')
      .insert({
        company_id: company.id,
        first_name: booking.name.firstName,
        last_name: booking.name.lastName,
        email: booking.email,
        phone: booking.phone,
        country: booking.kind === 'sales' ? booking.country : company.country,
      })
      .returning('*')) as [ContactRow];
    changes.push(made('contact', row.id, company.id));
    return { company, contact: row, changes };
  }
  if ((contact.email ?? '') === '' && booking.email !== null) {
    const patch = { email: booking.email };
    await trx('contact').where({ id: contact.id }).update(patch);
    changes.push({
      entity: 'contact',
      recordId: contact.id,
      companyId: company.id,
      fields: fieldChanges(contact, patch),
    });
    contact = { ...contact, ...patch };
  }
  return { company, contact, changes };
};

/** Bookings of one visitor or one company take turns, so that two at once do not make the company twice. */
export const lockVisitor = async (trx: Knex, booking: Booking): Promise<void> => {
  const names = [booking.email, booking.kind === 'sales' ? booking.companyName.toLowerCase() : null]
    .filter((name) => name !== null)
    .map((name) => `booking:${name}`)
    .sort();
  for (const name of names) await trx.raw('select pg_advisory_xact_lock(hashtextextended(?, 0))', [name]);
};
