/** One statement on a connection of its own. */
import pg from 'pg';

/** @param url postgresql:// address */
export const query = async <Row extends pg.QueryResultRow = Record<string, unknown>>(
  url: string,
  text: string,
): Promise<Row[]> => {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
};
