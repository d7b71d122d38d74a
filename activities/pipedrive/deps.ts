import type { PipedriveClient } from '../../clients/pipedrive/client.ts';
import type { FieldMap } from '../../domain/pipedrive/fieldMap.ts';
import type { HermesDependencies } from '../hermes/deps.ts';
import type { CallLimits } from '../downstream/limiter.ts';

/** What the Pipedrive activities close over. */
export interface PipedriveDependencies extends HermesDependencies {
  pipedrive: PipedriveClient;
  fieldMap: () => Promise<FieldMap>;
  limits: { calls: CallLimits; searches: CallLimits };
}
