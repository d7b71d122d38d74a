import assert from 'node:assert/strict';
import { connectDatabase, type Database } from '../../../db/connection.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { createPythonDatabase, type PythonDatabase } from '../../support/pythonDatabase.ts';
import { runHermes, type Run } from '../runHermes.ts';

const flags = Array.from({ length: 12 }, () => 'true').join(', ');

const configuration = `
insert into admin values
  (4, 64, 101, 'Sam', 'Sales', 'sam@acme.example', 'Europe/London', ${flags}),
  (9, null, null, 'Old', 'Hand', 'old@acme.example', 'Mars/Olympus', ${flags});
insert into stage values (3, 11, 'New'), (5, 12, 'Called');
insert into pipeline values (2, 1, 'PAYG', 3), (6, 2, 'Startup', null);
insert into config values (1, 30, 15, '10:00', '17:30', 2, 6, 6);
`;

const sale = `
insert into company (id, name, tc2_agency_id, tc2_cligency_id, pd_org_id, created, price_plan, country, website,
    has_booked_call, has_signed_up, narc, paid_invoice_count, tc2_status, pay0_dt, sales_person_id, support_person_id)
  values (1001, 'Ünter "den" Linden, GmbH', 5120, 70412, 88, '2025-11-03 09:15:00.123456', 'payg', 'DE', null,
    true, true, false, 3, 'active', '2025-11-04 00:00:00', 4, 9);
insert into contact (id, tc2_sr_id, pd_person_id, created, first_name, last_name, email, phone, company_id)
  values (2001, 40, 77, '2025-11-03 09:15:00', 'Nell', 'O''Harbour', 'Nell@Harbour.example', '+44 1', 1001);
insert into deal (id, pd_deal_id, name, status, admin_id, pipeline_id, stage_id, company_id, contact_id, support_person_id)
  values (3001, 66, 'Linden', 'open', 4, 2, 3, 1001, 2001, 12345);
insert into meeting (id, created, start_time, end_time, status, meeting_type, admin_id, contact_id, company_id, deal_id)
  values (4001, '2025-11-03 09:15:00', '2025-11-05 10:00:00', '2025-11-05 10:30:00', 'PLANNED', 'sales', 4, 2001, 1001, 3001),
    (4002, '2025-11-03 09:16:00', '2025-11-05 10:10:00', '2025-11-05 10:40:00', 'PLANNED', 'sales', 4, 2001, 1001, null);
`;

describe('hermes import python', () => {
  let target: TestDatabase;
  let db: Database;
  let source: PythonDatabase;
  beforeEach(async () => {
    [target, source] = await Promise.all([createTestDatabase(), createPythonDatabase()]);
    db = connectDatabase(target.url, 2);
  });
  afterEach(async () => {
    await db.destroy();
    await Promise.all([target.drop(), source.drop()]);
  });

  const importPython = (...words: string[]): Promise<Run> =>
    runHermes(['import', 'python', '--from', source.url, ...words], { DATABASE_URL: target.url });

  it('copies the rows with their ids and moments, asks for no sync, and moves the sequences on', async () => {
    await source.sql(configuration + sale);
    const run = await importPython();
    assert.equal(run.code, 0, run.stderr + run.stdout);
    assert.match(run.stdout, /revision 3900ef0be49f/);
    assert.match(run.stdout, /meeting +2 +2 +0 +0 +0 +0\n/);
    assert.match(run.stdout, /admin 9: the time zone is unknown/);

    const company = await db('company').first<Record<string, unknown>>(
      db.raw(`*, (created at time zone 'UTC')::text as created_text`),
    );
    assert.equal(company['id'], 1001);
    assert.equal(company['name'], 'Ünter "den" Linden, GmbH');
    assert.equal(company['created_text'], '2025-11-03 09:15:00.123456');
    assert.deepEqual(
      [company['wanted_version'], company['is_deleted'], company['pd_org_id']],
      [0, false, 88],
    );
    assert.deepEqual(await db('contact').pluck('email'), ['Nell@Harbour.example']);
    assert.deepEqual(await db('deal').pluck('support_person_id'), [12345]);
    assert.deepEqual(await db('pipeline').orderBy('id').pluck('dft_entry_stage_id'), [3, null]);
    // Overlapping meetings of the old service are no clash: they hold no slot.
    assert.equal((await db('meeting').whereNull('slot').pluck('id')).length, 2);
    const counted = db('pg_class').where({ relname: 'company' });
    assert.deepEqual(await counted.pluck('reltuples'), [1], 'plans know how many rows there are');
    assert.deepEqual(await db('company').insert({ name: 'Next' }).returning('id'), [{ id: 1002 }]);
  });

  it('changes nothing in a dry run', async () => {
    await source.sql(configuration + sale);
    const run = await importPython('--dry-run');
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stdout, /company +1 +1 +0/);
    assert.match(run.stdout, /this was a dry run/);
    assert.equal((await db('admin').pluck('id')).length, 0);
    assert.deepEqual(await db('company').insert({ name: 'First' }).returning('id'), [{ id: 1 }]);
  });

  it('run again, follows the source: changes, unique values that moved between rows, and rows that are gone', async () => {
    await source.sql(configuration + sale);
    await importPython();
    await source.sql(`
      delete from meeting where id = 4002;
      insert into company (id, name, pd_org_id, created, price_plan, has_booked_call, has_signed_up, narc, sales_person_id)
        values (1002, 'Merged into', null, now(), 'payg', false, false, false, 4);
      update company set pd_org_id = null, is_deleted = true where id = 1001;
      update company set pd_org_id = 88 where id = 1002;
      insert into contact (id, created, last_name, company_id) values (2002, now(), 'Late', 1002);
      update deal set contact_id = 2002 where id = 3001;
      update meeting set contact_id = 2002 where id = 4001;
      delete from contact where id = 2001;
      update contact set pd_person_id = 77 where id = 2002;
    `);
    const run = await importPython();
    assert.equal(run.code, 0, run.stderr + run.stdout);
    assert.match(run.stdout, /company +2 +1 +1 +0 +0 +0\n/);
    assert.match(run.stdout, /contact +1 +1 +0 +0 +1 +0\n/);
    assert.match(run.stdout, /meeting +1 +0 +1 +0 +1 +0\n/);
    assert.deepEqual(await db('company').orderBy('id').pluck('pd_org_id'), [null, 88]);
    assert.deepEqual(await db('contact').select('id', 'pd_person_id'), [{ id: 2002, pd_person_id: 77 }]);

    const again = await importPython();
    assert.match(again.stdout, /company +2 +0 +0 +2 +0 +0\n/);
  });

  it('says of a source that is not there that --from is wrong, not the address of Hermes', async () => {
    const from = new URL(source.url);
    from.pathname = '/nowhere';
    const run = await importPython('--from', from.href);
    assert.deepEqual(
      [run.code, run.stderr],
      [1, 'The database does not exist: see --from or PYTHON_DATABASE_URL.\n'],
    );
  });

  it('says of a source that does not let its user read that --from is wrong, and not that it lacks tables', async () => {
    const from = new URL(source.url);
    from.username = `reader_${source.url.split('_').at(-1) ?? ''}`;
    from.password = 'reader';
    await source.sql(`create role ${from.username} login password 'reader'`);
    try {
      const run = await importPython('--from', from.href);
      assert.deepEqual(
        [run.code, run.stderr],
        [1, 'The user of the database is not allowed to do that: see --from or PYTHON_DATABASE_URL.\n'],
      );
    } finally {
      await source.sql(`drop role ${from.username}`);
    }
  });

  it('refuses once Hermes has changed a record itself', async () => {
    await source.sql(configuration + sale);
    await importPython();
    await db('company').update({ wanted_version: 1, name: 'Changed here' });
    const run = await importPython();
    assert.equal(run.code, 1);
    assert.match(run.stderr, /Hermes has changed records/);
    assert.deepEqual(await db('company').pluck('name'), ['Changed here']);
  });

  it('lists rows with faults and keeps nothing; with --leave-out goes on without them and what hangs on them', async () => {
    await source.sql(configuration + sale);
    // Constraints that the old database may have lost.
    await source.sql(`
      alter table contact drop constraint contact_company_id_fkey;
      alter table company drop constraint company_support_person_id_fkey;
      drop index ix_company_pd_org_id;
      insert into company (id, name, pd_org_id, created, price_plan, has_booked_call, has_signed_up, narc, sales_person_id, support_person_id)
        values (1003, 'Twin', 88, now(), 'Gold', false, false, false, 4, 999);
      insert into contact (id, created, last_name, company_id) values (2010, now(), 'Orphan', 4711), (2011, now(), 'Of the twin', 1003);
      insert into deal (id, name, status, admin_id, pipeline_id, stage_id, company_id) values (3002, 'Odd', 'frozen', 4, 2, 3, 1001);
      insert into meeting (id, created, start_time, status, meeting_type, admin_id, contact_id, company_id, deal_id)
        values (4010, now(), null, 'PLANNED', 'sales', 4, 2011, 1003, null), (4011, now(), null, 'PLANNED', 'sales', 4, 2001, 1001, 3002);
    `);
    const run = await importPython();
    assert.equal(run.code, 1);
    assert.match(run.stdout, /company 1003: pd_org_id is that of a row before/);
    assert.match(run.stdout, /contact 2010, 2011: company_id names no company/);
    assert.match(run.stdout, /deal 3002: status is none of open, won, lost, deleted/);
    assert.match(run.stderr, /--leave-out/);
    assert.equal((await db('admin').pluck('id')).length, 0);

    const without = await importPython('--leave-out');
    assert.equal(without.code, 0, without.stderr + without.stdout);
    assert.match(without.stdout, /contact +3 +1 +0 +0 +0 +2\n/);
    assert.match(without.stdout, /meeting 4011: deal_id names no deal: left empty/);
    assert.deepEqual(await db('company').pluck('id'), [1001]);
    assert.deepEqual(await db('deal').pluck('id'), [3001]);
    assert.deepEqual(await db('meeting').orderBy('id').pluck('id'), [4001, 4002, 4011]);
  });

  it('takes the signup columns over as custom fields where the configuration has them, and says where not', async () => {
    await source.sql(configuration + sale);
    await source.sql(
      `update company set utm_medium = 'cpc', signup_email = 'n@h.example', receive_marketing_emails = true`,
    );
    await db('custom_field').insert([
      { machine_name: 'email', name: 'Signup e-mail', entity: 'organization', type: 'text' },
      { machine_name: 'operate_as_ea', name: 'EA', entity: 'organization', type: 'boolean' },
    ]);
    const run = await importPython();
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stdout, /not taken over:\n {2}receive_marketing_emails: 1\n {2}utm_medium: 1\n/);
    assert.deepEqual(await db('custom_field_value').orderBy('id').select('company_id', 'value'), [
      { company_id: 1001, value: 'n@h.example' },
      { company_id: 1001, value: false },
    ]);
  });

  it('takes over the schema of October 2025, moments of another zone, and refuses what is no database of the service', async () => {
    const first = await createPythonDatabase('first');
    await first.sql(configuration + sale);
    const run = await runHermes(['import', 'python', '--from', first.url, '--time-zone', 'Europe/Berlin'], {
      DATABASE_URL: target.url,
    });
    await first.drop();
    assert.equal(run.code, 0, run.stderr + run.stdout);
    const [moment] = await db('company').pluck<Date[]>('created');
    assert.equal(moment?.toISOString(), '2025-11-03T08:15:00.123Z');

    const itself = await runHermes(['import', 'python', '--from', target.url], { DATABASE_URL: target.url });
    assert.equal(itself.code, 1);
    assert.match(itself.stderr, /a database of this Hermes/);
    await source.sql('alter table company drop column narc');
    const strange = await importPython();
    assert.match(strange.stderr, /not a database of the Python service: no column company\.narc/);
  });
});
