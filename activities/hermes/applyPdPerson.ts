import type { EventInput } from '../../workflows/names.ts';
import type { EventResult } from './eventResult.ts';
import { applyPdEvent, type PdEventDependencies } from './pdEvent.ts';
import { removePerson, storePerson } from './pdPerson.ts';

/** Applies a person event: create, change, delete, merge. */
export const applyPdPerson = (deps: PdEventDependencies): ((input: EventInput) => Promise<EventResult>) =>
  applyPdEvent(deps, 'person', { store: storePerson, remove: removePerson });
