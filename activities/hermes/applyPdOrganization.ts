import type { EventInput } from '../../workflows/names.ts';
import type { EventResult } from './eventResult.ts';
import { applyPdEvent, type PdEventDependencies } from './pdEvent.ts';
import { removeOrganization, storeOrganization } from './pdOrganization.ts';

/** Applies an organization event: create, change, delete, merge. */
export const applyPdOrganization = (
  deps: PdEventDependencies,
): ((input: EventInput) => Promise<EventResult>) =>
  applyPdEvent(deps, 'organization', { store: storeOrganization, remove: removeOrganization });
