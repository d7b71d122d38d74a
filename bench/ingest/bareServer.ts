/** The baseline of `bench ingest`: a Koa server that checks the HMAC of the raw body and makes one prepared INSERT, nothing else. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import Koa from 'koa';
import pg from 'pg';
import getRawBody from 'raw-body';

const { DATABASE_URL, TC2_API_KEY = '', HOST, PORT } = process.env;

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 20 });
await pool.query(
  'create table if not exists bare_webhook (id bigint generated always as identity primary key, signature text unique, body bytea)',
);

const insert = {
  name: 'insert_webhook',
  text: 'insert into bare_webhook (signature, body) values ($1, $2) on conflict do nothing returning id',
};

const app = new Koa();
app.use(async (context) => {
  if (context.method === 'GET') {
    context.body = { status: 'ok' };
    return;
  }
  const body = await getRawBody(context.req);
  const signature = context.get('webhook-signature');
  const expected = createHmac('sha256', TC2_API_KEY).update(body).digest();
  const given = Buffer.from(signature, 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    context.status = 403;
    return;
  }
  await pool.query({ ...insert, values: [signature, body] });
  context.body = { status: 'ok' };
});

const server = app.listen(Number(PORT), HOST);
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  void pool.end();
});
