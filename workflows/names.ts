/** Names that the door, the worker and the workflows share. Pure: the workflow bundle imports it. */

/** Workflow types that an event starts. They are the events, so that an operator finds them in the Web UI. */
export const eventWorkflowTypes = [
  'SalesCallBooked',
  'SupportCallBooked',
  'TcClientUpdated',
  'TcClientDeleted',
  'TcInvoiceUpdated',
  'PdOrganizationUpdated',
  'PdPersonUpdated',
  'PdDealUpdated',
  'PdPipelineUpdated',
  'PdStageUpdated',
] as const;
export type EventWorkflowType = (typeof eventWorkflowTypes)[number];

/** Argument of every event workflow. */
export interface EventInput {
  /** Row of the inbox. Bodies stay there: histories hold ids only. */
  webhookId: number;
}

/** Who sends events, with the beginning of their runs' ids. */
const idPrefixes = {
  tc2: 'tc',
  pipedrive: 'pd',
  callbooker: 'call',
} as const;
export type EventSource = keyof typeof idPrefixes;
export const eventSources = Object.keys(idPrefixes) as readonly EventSource[];

/**
 * Workflow id of an event: subject and part of the dedupe key, as in tc-client-70412-3fa85f64a1b2.
 *
 * @param subject kind and id, such as client-70412
 * @param dedupeKey hexadecimal
 */
export const eventWorkflowId = (source: EventSource, subject: string, dedupeKey: string): string =>
  `${idPrefixes[source]}-${subject}-${dedupeKey.slice(0, 12)}`;

/** Workflow id of the one sync per company. */
export const companySyncId = (companyId: number): string => `company-sync-${companyId}`;

/** The lower number goes first. A booking that a visitor waits for overtakes webhooks, webhooks overtake repair and backfill. */
export const priorities = { booking: 1, webhook: 3, repair: 5 } as const;
export type PriorityName = keyof typeof priorities;

/** The name of a priority's number. */
export const priorityNamed = (key: number): PriorityName => {
  if (key <= priorities.booking) return 'booking';
  return key <= priorities.webhook ? 'webhook' : 'repair';
};

/** Argument of CompanySync. */
export interface CompanySyncInput {
  companyId: number;
  /** What a run that started anew was asked for; else signals say it. */
  priority?: PriorityName;
  /** Length of the history at which the run starts anew; else when the server suggests it. */
  renewAfter?: number;
}

/** Signal of CompanySync: the company or what hangs on it changed. */
export interface SyncRequest {
  priority: PriorityName;
}

export const syncRequestedSignal = 'syncRequested';
