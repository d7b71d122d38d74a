/** All activities, assembled. Workflows import the types only. */
import { sources } from '../sources/index.ts';
import { nextTry } from './downstream/nextTry.ts';
import type { GoogleDependencies } from './google/deps.ts';
import { applyEvent } from './hermes/applyEvent.ts';
import { createBookingActivities } from './hermes/bookings/index.ts';
import { failEvent } from './hermes/failEvent.ts';
import {
  applyPdDeal,
  applyPdOrganization,
  applyPdPerson,
  applyPdPipeline,
  applyPdStage,
} from './hermes/pdEvents/index.ts';
import { requestSync } from './hermes/requestSync.ts';
import { applyTcClient } from './hermes/tc2Events/applyTcClient.ts';
import { applyTcDeletion } from './hermes/tc2Events/applyTcDeletion.ts';
import { adoptOrganization } from './pipedrive/adoptOrganization.ts';
import { createRecord } from './pipedrive/createRecord.ts';
import type { PipedriveDependencies } from './pipedrive/deps.ts';
import { findCreatedRecord } from './pipedrive/findCreated.ts';
import { planPipedriveSync } from './pipedrive/planSync.ts';
import { readPdRecord } from './pipedrive/readPdRecord.ts';
import { deleteRecord, readRecord, updateRecord } from './pipedrive/records.ts';
import { searchOrganizations } from './pipedrive/searchOrganizations.ts';
import { createReconcileActivities } from './reconcile/index.ts';
import type { Tc2Dependencies } from './tc2/deps.ts';
import { readClient } from './tc2/readClient.ts';
import { planWriteBack, writeBackClient } from './tc2/writeBack.ts';

export interface ActivityDependencies {
  pipedrive: PipedriveDependencies;
  tc2: Tc2Dependencies;
  google: GoogleDependencies;
}

/** Local activities on the queue of the workflows: the database, and Temporal itself. */
export const createDatabaseActivities = ({ pipedrive, tc2 }: ActivityDependencies) => ({
  applyTcClient: applyTcClient(pipedrive),
  applyTcDeletion: applyTcDeletion(pipedrive),
  applyPdOrganization: applyPdOrganization(pipedrive),
  applyPdPerson: applyPdPerson(pipedrive),
  applyPdDeal: applyPdDeal(pipedrive),
  applyPdPipeline: applyPdPipeline(pipedrive),
  applyPdStage: applyPdStage(pipedrive),
  applyEvent: applyEvent(pipedrive, sources),
  failEvent: failEvent(pipedrive),
  requestSync: requestSync(pipedrive.limits.calls.standAside),
  nextTry: nextTry({ db: pipedrive.db, waitScale: pipedrive.limits.calls.waitScale }),
  planPipedriveSync: planPipedriveSync(pipedrive),
  planWriteBack: planWriteBack(tc2),
  ...createBookingActivities(pipedrive),
});

/** One call to Pipedrive each. */
export const createPipedriveActivities = (deps: PipedriveDependencies) => ({
  ...createReconcileActivities(deps),
  readPdRecord: readPdRecord(deps),
  searchOrganizations: searchOrganizations(deps),
  adoptOrganization: adoptOrganization(deps),
  createOrganization: createRecord(deps, 'organization'),
  findCreatedOrganization: findCreatedRecord(deps, 'organization'),
  readOrganization: readRecord(deps, 'organization'),
  updateOrganization: updateRecord(deps, 'organization'),
  deleteOrganization: deleteRecord(deps, 'organization'),
  createPerson: createRecord(deps, 'person'),
  findCreatedPerson: findCreatedRecord(deps, 'person'),
  readPerson: readRecord(deps, 'person'),
  updatePerson: updateRecord(deps, 'person'),
  deletePerson: deleteRecord(deps, 'person'),
  createDeal: createRecord(deps, 'deal'),
  findCreatedDeal: findCreatedRecord(deps, 'deal'),
  readDeal: readRecord(deps, 'deal'),
  updateDeal: updateRecord(deps, 'deal'),
  deleteDeal: deleteRecord(deps, 'deal'),
  createActivity: createRecord(deps, 'activity'),
  findCreatedActivity: findCreatedRecord(deps, 'activity'),
  readActivity: readRecord(deps, 'activity'),
  updateActivity: updateRecord(deps, 'activity'),
  deleteActivity: deleteRecord(deps, 'activity'),
});

/** One call to TutorCruncher each. */
export const createTc2Activities = (deps: Tc2Dependencies) => ({
  readClient: readClient(deps),
  writeBackClient: writeBackClient(deps),
});

export type DatabaseActivities = ReturnType<typeof createDatabaseActivities>;
export type DownstreamActivities = ReturnType<typeof createPipedriveActivities> &
  ReturnType<typeof createTc2Activities>;
