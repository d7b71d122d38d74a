/** Composes what the activities close over, from the settings. */
import { calendarClient } from '../activities/google/calendar.ts';
import { createFieldMapReader } from '../activities/hermes/fieldMap.ts';
import type { ActivityDependencies } from '../activities/index.ts';
import type { CallLimits } from '../activities/downstream/limiter.ts';
import { createStandAside, type StandAside } from '../activities/downstream/standAside.ts';
import { createPipedriveClient } from '../clients/pipedrive/client.ts';
import { createTc2Client } from '../clients/tc2/client.ts';
import { inventIds } from '../activities/downstream/heldCalls.ts';
import type { Database } from '../db/connection.ts';
import { missingKey, type Environment } from '../environment/environment.ts';
import type { Logger } from '../observability/logger.ts';

const pipedriveLimits = (
  environment: Environment,
  waitScale: number,
  standAside: StandAside,
): { calls: CallLimits; searches: CallLimits } => {
  const periodSeconds = environment.PD_API_RATE_PERIOD;
  const calls = { bucket: 'pipedrive', max: environment.PD_API_MAX_RATE };
  return {
    calls: { windows: [calls], periodSeconds, waitScale, standAside },
    searches: {
      windows: [{ bucket: 'pipedrive-search', max: environment.PD_SEARCH_MAX_RATE }, calls],
      periodSeconds,
      waitScale,
      standAside,
    },
  };
};

/**
 * @param waitScale multiplies the waits of an outage that Hermes chooses itself
 * @param standAside hears of visitors
 */
export const activityDependencies = (
  environment: Environment,
  db: Database,
  logger: Logger,
  waitScale = 1,
  standAside = createStandAside(),
): ActivityDependencies => {
  const shared = { db, environment, logger, fieldMap: createFieldMapReader(db) };
  const shadow = environment.SHADOW ? inventIds(db) : undefined;
  return {
    pipedrive: {
      ...shared,
      pipedrive: createPipedriveClient({
        baseUrl: environment.PD_BASE_URL,
        apiToken: environment.PD_API_KEY ?? missingKey,
        shadow,
      }),
      limits: pipedriveLimits(environment, waitScale, standAside),
    },
    tc2: {
      ...shared,
      tc2: createTc2Client({
        baseUrl: environment.TC2_BASE_URL,
        apiKey: environment.TC2_API_KEY ?? missingKey,
        shadow,
      }),
      limits: {
        calls: {
          windows: [{ bucket: 'tc2', max: environment.TC2_API_MAX_RATE }],
          periodSeconds: environment.TC2_API_RATE_PERIOD,
          waitScale,
        },
      },
    },
    google: { ...shared, google: calendarClient(environment, shadow) },
  };
};
