/** The Google client of a process, from the settings. */
import { createGoogleClient, type GoogleClient } from '../../clients/google/client.ts';
import type { InventId } from '../../clients/hold.ts';
import type { Environment } from '../../environment/environment.ts';

/** A visitor waits for these calls: what takes longer counts as unreachable. */
const timeoutMs = 4000;

/** @returns null when no service account is configured: no calendar can be read or written then */
export const calendarClient = (environment: Environment, shadow?: InventId): GoogleClient | null => {
  const { G_CLIENT_EMAIL: clientEmail, G_PRIVATE_KEY: privateKey } = environment;
  if (clientEmail === undefined || privateKey === undefined) return null;
  return createGoogleClient({
    tokenUri: environment.G_TOKEN_URI,
    calendarBaseUrl: environment.G_CALENDAR_BASE_URL,
    clientEmail,
    privateKey,
    privateKeyId: environment.G_PRIVATE_KEY_ID,
    scope: environment.G_CALENDAR_SCOPE,
    timeoutMs,
    shadow,
  });
};
