import type { Tc2Client } from '../../clients/tc2/client.ts';
import type { FieldMap } from '../../domain/pipedrive/fieldMap.ts';
import type { CallLimits } from '../downstream/limiter.ts';
import type { HermesDependencies } from '../hermes/deps.ts';

/** What the TC2 activities close over. */
export interface Tc2Dependencies extends HermesDependencies {
  tc2: Tc2Client;
  fieldMap: () => Promise<FieldMap>;
  limits: { calls: CallLimits };
}
