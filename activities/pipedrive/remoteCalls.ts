import type { CallOptions, CallResult } from '../../clients/failure.ts';
import type { SyncedEntity } from '../../domain/pipedrive/syncedRecord.ts';
import type { PipedriveDependencies } from './deps.ts';

type RemoteData = { id: number; custom_fields?: unknown } & Record<string, unknown>;

/** The calls that are the same for all entities but for their bodies. */
export interface RemoteCalls {
  get: (id: number, options: CallOptions) => Promise<CallResult<RemoteData>>;
  create: (body: never, options: CallOptions) => Promise<CallResult<RemoteData>>;
  update: (id: number, body: never, options: CallOptions) => Promise<CallResult<RemoteData>>;
  delete: (id: number, options: CallOptions) => Promise<CallResult<void>>;
}

export const callsOf = ({ pipedrive }: PipedriveDependencies, entity: SyncedEntity): RemoteCalls =>
  ({
    organization: pipedrive.organizations,
    person: pipedrive.persons,
    deal: pipedrive.deals,
    activity: pipedrive.activities,
  })[entity];
