/** The activities that apply Pipedrive's events: one per entity, for its creates, changes, deletes and merges. */
import type { EventInput } from '../../../workflows/names.ts';
import type { EventResult } from '../eventResult.ts';
import { removeCopy, storeCopy } from './copy.ts';
import type { PdEventDependencies } from './context.ts';
import { removeDeal, storeDeal } from './deal.ts';
import { applyPdEvent } from './event.ts';
import { storeOrganization } from './organization.ts';
import { removeOrganization } from './organizationRemoval.ts';
import { removePerson, storePerson } from './person.ts';

type Apply = (input: EventInput) => Promise<EventResult>;

export const applyPdOrganization = (deps: PdEventDependencies): Apply =>
  applyPdEvent(deps, 'organization', { store: storeOrganization, remove: removeOrganization });

export const applyPdPerson = (deps: PdEventDependencies): Apply =>
  applyPdEvent(deps, 'person', { store: storePerson, remove: removePerson });

export const applyPdDeal = (deps: PdEventDependencies): Apply =>
  applyPdEvent(deps, 'deal', { store: storeDeal, remove: removeDeal });

export const applyPdPipeline = (deps: PdEventDependencies): Apply =>
  applyPdEvent(deps, 'pipeline', { store: storeCopy('pipeline'), remove: removeCopy('pipeline') });

export const applyPdStage = (deps: PdEventDependencies): Apply =>
  applyPdEvent(deps, 'stage', { store: storeCopy('stage'), remove: removeCopy('stage') });
