import type { EventInput } from '../../workflows/names.ts';
import type { EventResult } from './eventResult.ts';
import { removeDeal, storeDeal } from './pdDeal.ts';
import { applyPdEvent, type PdEventDependencies } from './pdEvent.ts';

/** Applies a deal event: create, change, delete, merge. */
export const applyPdDeal = (deps: PdEventDependencies): ((input: EventInput) => Promise<EventResult>) =>
  applyPdEvent(deps, 'deal', { store: storeDeal, remove: removeDeal });
