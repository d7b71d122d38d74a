/** Events of Pipedrive. Deletes and merges arrive at the type of their entity, too. */
import { runEvent, type EventOutcome } from './eventRun.ts';
import type { EventInput } from './names.ts';
import { database, pipedrive } from './proxies.ts';

const steps = { read: pipedrive.readPdRecord, readFrom: 'Pipedrive' };

/** An organization was created, changed, deleted or merged. */
export const PdOrganizationUpdated = (input: EventInput): Promise<EventOutcome> =>
  runEvent(input, { ...steps, apply: database.applyPdOrganization });

/** A person was created, changed, deleted or merged. */
export const PdPersonUpdated = (input: EventInput): Promise<EventOutcome> =>
  runEvent(input, { ...steps, apply: database.applyPdPerson });

/** A deal was created, changed, deleted or merged. */
export const PdDealUpdated = (input: EventInput): Promise<EventOutcome> =>
  runEvent(input, { ...steps, apply: database.applyPdDeal });

/** A pipeline was created or changed. */
export const PdPipelineUpdated = (input: EventInput): Promise<EventOutcome> =>
  runEvent(input, { ...steps, apply: database.applyPdPipeline });

/** A stage was created or changed. */
export const PdStageUpdated = (input: EventInput): Promise<EventOutcome> =>
  runEvent(input, { ...steps, apply: database.applyPdStage });
