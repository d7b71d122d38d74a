import assert from 'node:assert/strict';
import { pythonTables } from '../../../cli/python/tables.ts';
import { startHermes, type TestHermes } from '../../support/hermes.ts';
import { createPythonDatabase, type PythonDatabase } from '../../support/pythonDatabase.ts';
import { runHermes } from '../runHermes.ts';

/** The state of Hermes as the Python service would hold it: its columns, and nothing of ours. */
const pour = async (hermes: TestHermes, source: PythonDatabase): Promise<void> => {
  for (const { name, columns } of pythonTables) {
    const [row] = (
      await hermes.db.raw<{ rows: [{ rows: string }] }>(
        `select coalesce(json_agg(t), '[]')::text as rows from (select ${columns.join(', ')} from ${name}) as t`,
      )
    ).rows;
    const list = columns.join(', ');
    await source.sql(
      `insert into ${name} (${list}) select ${list} from json_populate_recordset(null::${name}, $1::json)`,
      [row.rows],
    );
  }
};

describe('companies taken over from the Python service', () => {
  let hermes: TestHermes;
  let source: PythonDatabase;
  before(async () => {
    [hermes, source] = await Promise.all([startHermes(), createPythonDatabase()]);
  });
  after(async () => {
    await hermes.stop();
    await source.drop();
  });

  it('cause no call by being taken over or sent again; a change reads a record once and sends what differs', async () => {
    const { id } = hermes.tc2.createClient({});
    await hermes.quiet();
    await pour(hermes, source);
    await source.sql(`update company set receive_marketing_emails = true, utm_medium = 'cpc',
      ga4_client_id = '1184.2291', signup_email = 'nell@harbour-tutors.example', signup_phone = '+447700900111',
      signup_company_name = 'Harbour Tutors'`);
    await hermes.db.raw(
      'truncate company, contact, deal, meeting, webhook, remote_record, api_call restart identity cascade',
    );
    hermes.pipedrive.requests.clear();
    hermes.tc2.requests.clear();

    const run = await runHermes(['import', 'python', '--from', source.url], {
      DATABASE_URL: hermes.databaseUrl,
    });
    assert.equal(run.code, 0, run.stderr + run.stdout);
    hermes.tc2.resendAll();
    await hermes.quiet();
    assert.deepEqual(await hermes.db('webhook').pluck('outcome'), ['unchanged']);
    assert.equal(hermes.pipedrive.requests.entries.length, 0);

    hermes.tc2.changeClient(id, { meta_agency: { status: 'active', paid_invoice_count: 1 } });
    await hermes.quiet();
    const calls = hermes.pipedrive.requests.entries.map(({ method, path, body }) => {
      const sent = body as { custom_fields: Record<string, unknown> } | undefined;
      return `${method} ${path} ${Object.values(sent?.custom_fields ?? {}).join(', ')}`.trim();
    });
    assert.deepEqual(calls, [
      'GET /api/v2/organizations/1',
      'GET /api/v2/persons/1',
      'PATCH /api/v2/deals/1 1',
      'PATCH /api/v2/organizations/1 active, 1',
    ]);
  });
});
