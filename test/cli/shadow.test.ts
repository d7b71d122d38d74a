import assert from 'node:assert/strict';
import type { HeldRow } from '../../cli/shadow/heldRecords.ts';
import { startHermes, type TestHermes } from '../support/hermes.ts';
import { createPythonDatabase, type PythonDatabase } from '../support/pythonDatabase.ts';
import { bookSales, inDays } from '../workflows/bookingForm.ts';
import { runHermes, type Run } from './runHermes.ts';

const flags = Array.from({ length: 12 }, () => 'true').join(', ');

describe('shadow mode', () => {
  let hermes: TestHermes;
  let python: PythonDatabase;
  before(async () => {
    [hermes, python] = await Promise.all([
      startHermes({ environment: { SHADOW: 'true' } }),
      createPythonDatabase(),
    ]);
    await python.sql(`
      insert into admin values (1, 64, 101, 'Sam', 'Sales', 'sam@acme.example', 'Europe/London', ${flags});
      insert into stage values (1, 11, 'New');
      insert into pipeline values (1, 1, 'PAYG', 1)`);
  });
  after(async () => {
    await hermes.stop();
    await python.drop();
  });

  const held = async (): Promise<string[]> =>
    (await hermes.db<HeldRow>('held_call').orderBy('id').select('*')).map(
      ({ method, endpoint, invented_id: id }) => `${method} ${endpoint}${id === null ? '' : ` ${id}`}`,
    );

  const report = (...words: string[]): Promise<Run> =>
    runHermes(['shadow', 'report', '--from', python.url, ...words], {
      DATABASE_URL: hermes.databaseUrl,
      PD_BASE_URL: hermes.environment.PD_BASE_URL,
      PD_API_KEY: 'pd-sandbox-key',
      PD_API_MAX_RATE: '1000',
      TC2_BASE_URL: hermes.environment.TC2_BASE_URL,
      TC2_API_KEY: 'tc2-sandbox-key',
    });

  it('records every call that would change something and sends none; a booking books nothing', async () => {
    const { id } = hermes.tc2.createClient({});
    await hermes.quiet();
    assert.deepEqual(await held(), [
      'POST /api/v2/organizations -1',
      'POST /api/v2/persons -2',
      'POST /api/v2/deals -3',
      'POST /api/clients/:id/',
    ]);
    // Hermes goes on as if: what comes later is a change of the record that was never made.
    hermes.tc2.changeClient(id, { meta_agency: { price_plan: 'monthly-startup' } });
    await hermes.quiet();
    assert.equal((await held()).at(-1), 'PATCH /api/v2/deals/:id');

    const answer = await bookSales(hermes, { meeting_dt: inDays(7, '14:00') });
    assert.equal(answer.status, 503);
    assert.match(answer.body.message ?? '', /shadow mode/);
    await hermes.quiet();
    const after = await held();
    assert.ok(after.includes('POST /calendars/:calendarId/events'));
    assert.ok(after.some((call) => call.startsWith('POST /api/v2/activities')));

    const writes = [...hermes.pipedrive.requests.entries, ...hermes.tc2.requests.entries].filter(
      ({ method }) => method !== 'GET',
    );
    assert.deepEqual(writes, []);
    assert.equal(hermes.pipedrive.organizations.size, 0);
    assert.deepEqual(hermes.google.events('sam@acme.example'), []);
  });

  it('is compared with what the other service did, record by record and field by field', async () => {
    const rows = await hermes
      .db<HeldRow>('held_call')
      .where({ system: 'pipedrive' })
      .orderBy('id')
      .select('*');
    const bodyOf = (entity: string) => rows.find((row) => row.entity === entity)?.body ?? {};
    // What the Python service made of the client: the same, but for a name, a later change, and a deal that it forgot.
    hermes.tc2.settings.webhook = null;
    hermes.pipedrive.seed({
      organizations: [{ ...bodyOf('organization'), id: 500 }],
      persons: [{ ...bodyOf('person'), id: 600, org_id: 500, name: 'Nelly' }],
    });
    const [client] = await hermes.db('company').where({ id: 1 }).pluck<number[]>('tc2_cligency_id');
    await python.sql(
      `insert into company (id, name, tc2_cligency_id, pd_org_id, created, price_plan, has_booked_call, has_signed_up, narc, sales_person_id)
         values (77, 'Harbour Tutors', $1, 500, now(), 'payg', false, true, false, 1)`,
      [client],
    );
    await python.sql(
      `insert into contact (id, tc2_sr_id, pd_person_id, created, company_id) values (88, 70413, 600, now(), 77)`,
    );

    const run = await report('--values');
    assert.equal(run.code, 1);
    assert.match(run.stdout, /1 {2}pipedrive {2}PATCH {2}\/api\/v2\/deals\/:id/);
    assert.match(run.stdout, /person 1 of company 1 \(pipedrive 600\): name "Nell Harbour" \/ "Nelly"\n/);
    assert.match(run.stdout, /deal 1 of company 1: Hermes would have it there, the other service has not\n/);
    assert.match(run.stdout, /client 1 of company 1 \(tc2 70412\): .*pipedrive_id "500" \/ null/);
    // The organization was made under one plan and changed to another, which the other service missed; nothing else differs.
    assert.match(
      run.stdout,
      /organization 1 of company 1 \(pipedrive 500\): price_plan "startup" \/ "payg"\n/,
    );
    assert.match(run.stdout, /organization 2 of company 2: Hermes would have it there/);
    assert.match(run.stdout, /event \d+ of company 2: Hermes would have it there/);
    assert.match(run.stdout, /activity \d+ of company 2: Hermes would have it there/);

    // The Python service made the booking's organization and its activity, too.
    const [activity] = rows.filter(({ entity }) => entity === 'activity');
    assert.ok(activity);
    hermes.pipedrive.seed({
      organizations: [{ id: 501, name: 'Junes Ltd', owner_id: 101 }],
      activities: [{ ...activity.body, id: 700, org_id: 501, deal_id: undefined, participants: undefined }],
    });
    await python.sql(
      `insert into company (id, name, pd_org_id, created, price_plan, has_booked_call, has_signed_up, narc, sales_person_id)
         values (78, 'JUNES LTD', 501, now(), 'payg', true, false, false, 1)`,
    );
    assert.doesNotMatch((await report()).stdout, /activity/);
  });
});
