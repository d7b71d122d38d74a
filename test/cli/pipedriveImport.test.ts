import assert from 'node:assert/strict';
import { useHermes } from '../support/hermes.ts';
import { runHermes, type Run } from './runHermes.ts';

describe('hermes pipedrive import', () => {
  const hermes = useHermes();
  let settings: Record<string, string>;
  before(async () => {
    settings = {
      DATABASE_URL: hermes.databaseUrl,
      PD_BASE_URL: hermes.environment.PD_BASE_URL,
      PD_API_KEY: hermes.environment.PD_API_KEY ?? '',
      PD_API_MAX_RATE: '1000',
    };
  });
  beforeEach(async () => {
    await hermes.reset();
    hermes.pipedrive.seed({
      organizations: [
        { id: 20, name: 'Harbour Tutors', owner_id: 101 },
        { id: 21, name: 'Lighthouse Lessons', owner_id: 101 },
        { id: 22, name: 'Nobody knows the owner', owner_id: 100 },
      ],
      persons: [
        {
          id: 7,
          name: 'Nell Harbour',
          org_id: 20,
          owner_id: 101,
          emails: [{ value: 'nell@harbour-tutors.example' }],
        },
        { id: 8, name: 'Alone', owner_id: 101 },
      ],
      deals: [
        {
          id: 9,
          title: 'Harbour Tutors',
          org_id: 20,
          person_id: 7,
          owner_id: 101,
          pipeline_id: 1,
          stage_id: 12,
        },
        {
          id: 10,
          title: 'Long ago',
          org_id: 20,
          owner_id: 101,
          pipeline_id: 1,
          stage_id: 11,
          status: 'lost',
        },
      ],
    });
  });

  const importAll = (...words: string[]): Promise<Run> =>
    runHermes(['pipedrive', 'import', ...words], settings);
  const linked = async (): Promise<unknown> => ({
    companies: await hermes.db('company').orderBy('pd_org_id').pluck('pd_org_id'),
    contacts: await hermes.db('contact').orderBy('pd_person_id').pluck('pd_person_id'),
    deals: await hermes.db('deal').orderBy('pd_deal_id').pluck('pd_deal_id'),
  });
  const writes = () => hermes.pipedrive.requests.entries.filter(({ method }) => method !== 'GET');

  it('only counts on a dry run, and says what the import will cost', async () => {
    const run = await importAll('--dry-run');
    assert.deepEqual([run.code, run.stderr], [0, '']);
    assert.equal(
      run.stdout,
      [
        'organizations: 3 read; 0 linked already, 0 imported before, 0 that name a record of Hermes, 3 new',
        'persons: 2 read; 0 linked already, 0 imported before, 0 that name a record of Hermes, 2 new',
        'open deals: 1 read; 0 linked already, 0 imported before, 0 that name a record of Hermes, 1 new',
        'About 6 calls to Pipedrive, 30 tokens of the daily budget, 1 s at the rate of PD_API_MAX_RATE.',
        '',
      ].join('\n'),
    );
    assert.deepEqual(writes(), []);
    assert.equal(await hermes.db('webhook').first('id'), undefined);
  });

  it('takes over organizations, persons and open deals, says what it left out, and does it once', async () => {
    const run = await importAll('--yes');
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stdout, /organizations: 3 read;.*\n(?: {2}.*\n)* {2,}2 {2}applied\n/);
    const state = (await linked()) as { companies: number[]; contacts: number[]; deals: number[] };
    assert.ok(state.companies.includes(20) && state.companies.includes(21));
    assert.deepEqual([state.contacts, state.deals], [[7], [9]]);

    await hermes.quiet();
    const key = hermes.pipedrive.fieldCode('organization', 'Hermes id');
    const company = (await hermes.db('company').where({ pd_org_id: 20 }).first('id')) as { id: number };
    assert.equal(hermes.pipedrive.organizations.get(20)?.custom_fields[key], String(company.id));

    hermes.pipedrive.requests.clear();
    const events = await hermes.db('webhook').count('* as n').first();
    const again = await importAll('--yes');
    assert.match(
      again.stdout,
      /organizations: 3 read; [23] linked already, [01] imported before, 0 that name/,
    );
    assert.match(again.stdout, /0 new\n/);
    assert.deepEqual(await hermes.db('webhook').count('* as n').first(), events);
    assert.deepEqual(writes(), []);
  });

  it('reports look-alikes and leaves them alone', async () => {
    await hermes.db('company').insert({ name: 'HARBOUR TUTORS', price_plan: 'payg' });
    const run = await importAll('--yes');
    assert.match(
      run.stdout,
      /organization 20 has the name of company 1: held back, with its persons and deals/,
    );
    assert.match(run.stdout, /Look-alikes are never merged by guess/);
    assert.equal(await hermes.db('company').where({ pd_org_id: 20 }).first('id'), undefined);
  });

  it('links what names a record of Hermes', async () => {
    await hermes
      .db('company')
      .insert({ id: 500, name: 'Harbour Tutors', price_plan: 'payg', sales_person_id: 1 });
    const key = hermes.pipedrive.fieldCode('organization', 'Hermes id');
    hermes.pipedrive.app.update('organization', 20, { custom_fields: { [key]: '500' } });
    const run = await importAll('--yes');
    assert.match(run.stdout, /1 that name a record of Hermes/);
    const company = (await hermes.db('company').where({ id: 500 }).first('pd_org_id')) as {
      pd_org_id: number;
    };
    assert.equal(company.pd_org_id, 20);
  });

  it('goes on where it was stopped', async () => {
    const first = await importAll('--yes', '--limit', '1');
    assert.equal(first.code, 0, first.stderr);
    assert.deepEqual(await hermes.db('company').pluck('pd_org_id'), [20]);
    await importAll('--yes');
    const companies = await hermes.db('company').pluck<number[]>('pd_org_id');
    assert.ok(companies.includes(21));
    assert.equal(companies.filter((id) => id === 20).length, 1);
  });

  it('does nothing in a script without --yes', async () => {
    const run = await importAll();
    assert.deepEqual(
      [run.code, run.stderr],
      [1, 'Nothing was done: nobody can be asked here, so say --yes.\n'],
    );
    assert.equal((await importAll('--limit', 'few')).code, 2);
  });
});
