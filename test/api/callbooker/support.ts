/** The callbooker's door with a database, Google and TC2 of its own. */
import type { Client } from '@temporalio/client';
import pino from 'pino';
import { startApi } from '../../../api/start.ts';
import { connectDatabase, type Database } from '../../../db/connection.ts';
import { readEnvironment, type Environment } from '../../../environment/environment.ts';
import { createGoogleSandbox, type GoogleSandbox } from '../../../sandbox/google/index.ts';
import { createTc2Sandbox, type Tc2Sandbox } from '../../../sandbox/tc2/index.ts';
import { lazyClient } from '../../../temporal/connection.ts';
import { createTestDatabase } from '../../support/database.ts';

export const tc2Key = 'tc2-key';
export const sam = 'sam@acme.example';
export const sol = 'sol@acme.example';

export interface Answer {
  status: number;
  body: unknown;
}

export interface Door {
  db: Database;
  url: string;
  environment: Environment;
  google: GoogleSandbox;
  tc2: Tc2Sandbox;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  stop(): Promise<void>;
}

const answerOf = async (response: Response): Promise<Answer> => ({
  status: response.status,
  body: await response.json(),
});

/**
 * Starts it.
 *
 * @param temporal where bookings run; a client that cannot connect unless given
 */
export const openDoor = async (
  options: { settings?: Record<string, string>; temporal?: Client; googleUsers?: string[] } = {},
): Promise<Door> => {
  const database = await createTestDatabase();
  const google = createGoogleSandbox({
    users: (options.googleUsers ?? [sam, sol]).map((email) => ({ email })),
  });
  const tc2 = createTc2Sandbox({ settings: { apiKey: tc2Key } });
  const [googleServer, tc2Server] = await Promise.all([google.listen(), tc2.listen()]);
  const environment = readEnvironment({
    DATABASE_URL: database.url,
    DATABASE_POOL_MAX: '10',
    HOST: '127.0.0.1',
    PORT: '0',
    SIGNING_KEY: 'signing-key',
    CALLBOOKER_BASE_URL: 'https://site.example/book-a-call',
    TC2_API_KEY: tc2Key,
    TC2_BASE_URL: tc2Server.url,
    ...google.env(googleServer.url),
    ...options.settings,
  });
  const away = lazyClient({ connectionOptions: { address: '127.0.0.1:1' }, namespace: 'default' });
  const api = await startApi(environment, options.temporal ?? away.client, pino({ level: 'silent' }));
  const db = connectDatabase(database.url, 5, 'test');
  const url = `http://127.0.0.1:${api.port}`;
  return {
    db,
    url,
    environment,
    google,
    tc2,
    get: async (path, headers = {}) => answerOf(await fetch(`${url}${path}`, { headers })),
    post: async (path, body, headers = {}) =>
      answerOf(
        await fetch(`${url}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
      ),
    stop: async () => {
      await api.stop();
      await away.close();
      await db.destroy();
      await Promise.all([googleServer.close(), tc2Server.close()]);
      await database.drop();
    },
  };
};

/** An admin as it is inserted by a test. */
export const admin = (id: number, change: Record<string, unknown> = {}): Record<string, unknown> => ({
  id,
  tc2_admin_id: 60 + id,
  pd_owner_id: 100 + id,
  first_name: 'Sam',
  last_name: 'Sales',
  username: id === 1 ? sam : `admin${id}@acme.example`,
  timezone: 'Europe/London',
  is_sales_person: true,
  sells_payg: true,
  ...change,
});
