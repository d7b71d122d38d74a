/** Entry of the workflow bundle: every workflow type of Hermes. */
import { CalendarWatch } from './calendarWatch.ts';
import { CompanySync } from './companySync.ts';
import { Reconcile } from './reconcile.ts';
import { sourceEvent } from './sourceEvent.ts';
import { autoUpgrade } from './versioning.ts';

autoUpgrade(CompanySync);
autoUpgrade(Reconcile);
autoUpgrade(CalendarWatch);

// Runs every type that has no function of its own. Temporal asks for a default export.
// oxlint-disable-next-line import/no-default-export
export default sourceEvent;

export { CalendarWatch, CompanySync, Reconcile };
export { TcClientDeleted, TcClientUpdated, TcInvoiceUpdated } from './tc2Events.ts';
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
