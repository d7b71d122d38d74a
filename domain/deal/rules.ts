/** When a deal is made, and when Hermes closes one. */

/** An agency older than this is no new sale (TCD-04). */
const newSaleDays = 90;

const salesStatuses: readonly string[] = ['pending_email_conf', 'trial'];

export interface SaleState {
  tc2_status: string | null;
  paid_invoice_count: number | null;
  narc: boolean;
  sales_person_id: number | null;
  /** When the agency was created in TC2. */
  created: Date;
}

/** Whether a TC2 client is a new sale: the conditions of TCD-01 to TCD-06. */
export const isNewSale = (company: SaleState, now: Date): boolean =>
  salesStatuses.includes(company.tc2_status ?? '') &&
  company.created.getTime() > now.getTime() - newSaleDays * 86_400_000 &&
  (company.paid_invoice_count ?? 0) === 0 &&
  company.sales_person_id !== null &&
  !company.narc;

/** Whether a company's state ends its open deals (NARC-06 to NARC-08). */
export const endsOpenDeals = (company: { narc: boolean; tc2_status: string | null }): boolean =>
  company.narc || company.tc2_status === 'terminated';
