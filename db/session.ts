/** What Hermes relies on in every session, whatever the server, the database or the role prefers. */
import type pg from 'pg';

/** Moments are read in PostgreSQL's ISO form only: in any other they come as null. PgBouncer carries it from server to server. */
const settings = `set datestyle to 'ISO, MDY'`;

/** Prepares a connection just made; to be awaited before its first query. */
export const prepareSession = async (client: pg.ClientBase): Promise<void> => {
  await client.query(settings);
};

/** The same as knex's pool asks for it. Knex forgets a connection that could not be prepared, so it is closed here. */
export const afterCreate = (
  client: pg.Client,
  done: (error: Error | null, client: pg.Client) => void,
): void => {
  prepareSession(client).then(
    () => done(null, client),
    (error: unknown) => {
      client.end().catch(() => undefined);
      done(error as Error, client);
    },
  );
};
