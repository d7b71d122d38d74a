/** Entry of the workflow bundle: every workflow type of Hermes. */
export { CompanySync } from './companySync.ts';
export { SalesCallBooked } from './salesCallBooked.ts';
export { SupportCallBooked } from './supportCallBooked.ts';
export { TcClientDeleted, TcClientUpdated, TcInvoiceUpdated } from './tc2Events.ts';
