/** Entry of the workflow bundle: every workflow type of Hermes. */
export { CompanySync } from './companySync.ts';
export { TcClientDeleted, TcClientUpdated, TcInvoiceUpdated } from './tc2Events.ts';
export { CalendarWatch } from './calendarWatch.ts';
export { CallChanged } from './callChanged.ts';
export { SalesCallBooked } from './salesCallBooked.ts';
export { SupportCallBooked } from './supportCallBooked.ts';
export {
  PdDealUpdated,
  PdOrganizationUpdated,
  PdPersonUpdated,
  PdPipelineUpdated,
  PdStageUpdated,
} from './pdEvents.ts';
export { Reconcile } from './reconcile.ts';
