/**
 * Which fields of a company follow TutorCruncher, and how.
 *
 * TC2 owns the customer's state; name, country, website, currency and created are taken once, because sales staff keep them
 * afterwards. Staff are filled in where empty and never replaced (TCC-18).
 */
import type { Tc2Client } from '../tc2/client.ts';
import { sameColumn } from '../values/sameColumn.ts';

/** Hermes ids of the staff that a client names, null where Hermes does not know them. */
export interface StaffIds {
  salesPerson: number | null;
  supportPerson: number | null;
  bdrPerson: number | null;
}

/** Fields that follow TC2 with every event, also to null (TCC-10 to TCC-15). */
const followed = (client: Tc2Client) => ({
  price_plan: client.pricePlan as string,
  paid_invoice_count: client.paidInvoiceCount as number | null,
  tc2_status: client.status as string | null,
  narc: client.narc,
  pay0_dt: client.pay0,
  pay1_dt: client.pay1,
  pay3_dt: client.pay3,
  card_saved_dt: client.cardSaved,
  email_confirmed_dt: client.emailConfirmed,
  gclid: client.gclid,
  gclid_expiry_dt: client.gclidExpiry,
  signup_questionnaire: client.signupQuestionnaire,
});

/** Fields that follow TC2 only while it says something (TCC-15, TCC-20, TCC-21). */
const followedWhenPresent = (client: Tc2Client) => {
  const { extraAttributes } = client;
  const income =
    extraAttributes.get('estimated_monthly_income') ?? extraAttributes.get('estimated_income') ?? null;
  return {
    utm_source: extraAttributes.get('utm_source') ?? null,
    utm_campaign: extraAttributes.get('utm_campaign') ?? null,
    estimated_income: income,
  };
};

/** The columns of a company that TC2 creates, apart from its ids there (TCC-01, TCC-03, TCC-14). */
export const newCompanyFromTc2 = (client: Tc2Client, staff: StaffIds) => ({
  name: client.name,
  created: client.created,
  country: client.country,
  website: client.website,
  has_signed_up: true,
  sales_person_id: staff.salesPerson,
  support_person_id: staff.supportPerson,
  bdr_person_id: staff.bdrPerson,
  ...followed(client),
  ...followedWhenPresent(client),
});

type Followed = ReturnType<typeof followed> & ReturnType<typeof followedWhenPresent>;

/** The part of a company that the rules compare. */
export type ComparedCompany = Followed & {
  sales_person_id: number | null;
  support_person_id: number | null;
  bdr_person_id: number | null;
};

/**
 * What a TC2 event changes of a company that exists.
 *
 * @returns only the columns whose value becomes another
 */
export const companyChangesFromTc2 = (
  company: ComparedCompany,
  client: Tc2Client,
  staff: StaffIds,
): Partial<ComparedCompany> => {
  const present = Object.fromEntries(
    Object.entries(followedWhenPresent(client)).filter(([, value]) => value !== null),
  );
  const wanted: Partial<ComparedCompany> = {
    ...followed(client),
    ...present,
    sales_person_id: company.sales_person_id ?? staff.salesPerson,
    support_person_id: company.support_person_id ?? staff.supportPerson,
    bdr_person_id: company.bdr_person_id ?? staff.bdrPerson,
  };
  return Object.fromEntries(
    Object.entries(wanted).filter(
      ([column, value]) => !sameColumn(company[column as keyof ComparedCompany], value),
    ),
  );
};
