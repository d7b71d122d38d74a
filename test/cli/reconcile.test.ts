import assert from 'node:assert/strict';
import { readEnvironment } from '../../environment/environment.ts';
import { ensureReconcileSchedule, reconcileSchedule } from '../../worker/reconcileSchedule.ts';
import { useHermes } from '../support/hermes.ts';
import { stack } from '../support/stack.ts';
import { runHermes, type Run } from './runHermes.ts';

describe('hermes reconcile', () => {
  const hermes = useHermes();
  let settings: Record<string, string>;
  before(async () => {
    settings = {
      DATABASE_URL: hermes.databaseUrl,
      TEMPORAL_ADDRESS: (await stack()).temporalAddress,
      TEMPORAL_NAMESPACE: hermes.namespace,
    };
  });
  beforeEach(() => hermes.reset());

  const reconcile = (...words: string[]): Promise<Run> => runHermes(['reconcile', ...words], settings);
  const newClients = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) hermes.tc2.createClient({});
    await hermes.quiet();
  };
  const organization = () => {
    const [row] = hermes.pipedrive.organizations.values();
    assert.ok(row);
    return row;
  };
  const company = (): Promise<{ name: string; tc2_status: string; is_deleted: boolean }> =>
    hermes.db('company').orderBy('id').first('*');

  it('finds nothing where nothing drifted, and writes nothing', async () => {
    await newClients(2);
    hermes.pipedrive.requests.clear();
    const run = await reconcile('--yes');
    assert.equal(run.code, 0);
    assert.equal(
      run.stdout,
      [
        'Pipedrive compared with Hermes:',
        '  organizations: 2 read, 2 compared, 0 drifted; 0 only in Pipedrive, 0 on their way',
        '  persons: 2 read, 2 compared, 0 drifted; 0 only in Pipedrive, 0 on their way',
        '  deals: 2 read, 2 compared, 0 drifted; 0 only in Pipedrive, 0 on their way',
        'Pipedrive holds what Hermes wants.',
        '',
      ].join('\n'),
    );
    assert.deepEqual(
      hermes.pipedrive.requests.entries.map(({ method, path }) => `${method} ${path}`),
      ['GET /api/v2/organizations', 'GET /api/v2/persons', 'GET /api/v2/deals'],
    );
  });

  it('takes over what somebody changed while no webhook came', async () => {
    await newClients(1);
    hermes.pipedrive.app.update('organization', organization().id, { name: 'Harbour & Sons' });
    const dry = await reconcile('--dry-run');
    assert.match(dry.stdout, /organizations: 1 read, 1 compared, 1 drifted.*\n {8}1 {2}name\n/);
    assert.match(dry.stdout, /1 drifted; nothing was repaired: this was a dry run\.\n$/);
    assert.equal((await company()).name, 'Harbour Tutors');

    const run = await reconcile('--yes');
    assert.match(run.stdout, /1 changes made in Pipedrive are taken over, 0 companies are synced anew\.\n$/);
    await hermes.quiet();
    assert.equal((await company()).name, 'Harbour & Sons');
    assert.equal(organization().name, 'Harbour & Sons');
    assert.match((await reconcile('--yes')).stdout, /Pipedrive holds what Hermes wants\.\n$/);
  });

  it('takes over the stage and the end of a deal whose webhooks got lost', async () => {
    await newClients(2);
    const [moved, won] = [...hermes.pipedrive.deals.values()];
    assert.ok(moved && won);
    hermes.pipedrive.app.update('deal', moved.id, { stage_id: 13 });
    hermes.pipedrive.app.update('deal', won.id, { status: 'won' });
    const run = await reconcile('--yes');
    assert.match(run.stdout, /deals: 2 read, 2 compared, 2 drifted.*\n {8}1 {2}stage_id\n {8}1 {2}status\n/);
    assert.match(run.stdout, /2 changes made in Pipedrive are taken over, 0 companies are synced anew\.\n$/);
    await hermes.quiet();
    const deals = (await hermes
      .db('deal')
      .join('stage', 'stage.id', 'deal.stage_id')
      .orderBy('pd_deal_id')
      .select('deal.status', 'pd_stage_id')) as { status: string; pd_stage_id: number }[];
    assert.deepEqual(
      deals.map((deal) => [deal.status, deal.pd_stage_id]),
      [
        ['open', 13],
        ['won', won.stage_id],
      ],
    );
    assert.match((await reconcile('--yes')).stdout, /Pipedrive holds what Hermes wants\.\n$/);
  });

  it('writes anew what is gone', async () => {
    await newClients(1);
    const code = hermes.pipedrive.fieldCode('organization', 'TC2 status');
    const before = organization().custom_fields[code];
    assert.ok(before);
    hermes.pipedrive.app.update('organization', organization().id, { custom_fields: { [code]: null } });
    const run = await reconcile('--yes');
    assert.match(run.stdout, /1 {2}tc2_status \(varchar\)\n/);
    assert.match(run.stdout, /0 changes made in Pipedrive are taken over, 1 companies are synced anew\.\n$/);
    await hermes.quiet();
    assert.deepEqual(organization().custom_fields[code], before);
  });

  it('PDM-26: writes anew what a merge joined, for that is nobody’s word', async () => {
    await newClients(1);
    const code = hermes.pipedrive.fieldCode('organization', 'TC2 status');
    const before = organization().custom_fields[code];
    hermes.pipedrive.app.update('organization', organization().id, {
      custom_fields: { [code]: 'trial, active' },
    });
    await reconcile('--yes');
    await hermes.quiet();
    assert.deepEqual(organization().custom_fields[code], before);
    assert.match((await reconcile('--yes')).stdout, /Pipedrive holds what Hermes wants\.\n$/);
  });

  it('recognises a record that was deleted unheard', async () => {
    await newClients(1);
    hermes.pipedrive.app.delete('organization', organization().id);
    const run = await reconcile('--yes');
    assert.match(run.stdout, /1 {2}not in Pipedrive any more\n/);
    await hermes.quiet();
    assert.equal((await company()).is_deleted, true);
    assert.match((await reconcile('--yes')).stdout, /Pipedrive holds what Hermes wants\.\n$/);
  });

  it('stops above the limit, repairs nothing, and is seen', async () => {
    await newClients(2);
    for (const { id } of hermes.pipedrive.organizations.values()) {
      hermes.pipedrive.app.update('organization', id, { name: `Renamed ${id}` });
    }
    const run = await reconcile('--yes', '--max-repairs', '1');
    assert.equal(run.code, 1);
    assert.match(
      run.stdout,
      /2 drifted, more than the 1 that are repaired unasked: nothing was repaired\.\n$/,
    );
    await hermes.quiet();
    assert.equal((await company()).name, 'Harbour Tutors');
    const described = await hermes.temporal.workflow.getHandle('reconcile').describe();
    assert.equal(described.status.name, 'FAILED');
    assert.deepEqual(described.searchAttributes['HermesFailure'], ['TooMuchDrift']);
  });

  it('judges what Pipedrive does not list any more a thousand at a time, however much it is', async () => {
    await newClients(1);
    await hermes.db.raw(
      `insert into company (name, pd_org_id) select 'Gone', ? + n from generate_series(1, 1100) as n`,
      [organization().id],
    );
    hermes.pipedrive.requests.clear();
    const run = await reconcile('--yes', '--max-repairs', '1000');
    assert.match(run.stdout, /organizations: 1 read, 1101 compared, 1100 drifted; 0 only in Pipedrive/);
    assert.match(
      run.stdout,
      /1100 drifted, more than the 1000 that are repaired unasked: nothing was repaired\.\n$/,
    );
    assert.equal(hermes.pipedrive.requests.matching({ path: '/api/v2/organizations' }).length, 2);
  });

  it('leaves companies alone whose change is on its way, and records that are only in Pipedrive', async () => {
    await newClients(1);
    hermes.pipedrive.app.update('organization', organization().id, { name: 'Another name' });
    hermes.pipedrive.seed({ organizations: [{ name: 'A stranger' }] });
    await hermes.db('company').update({ wanted_version: 99, pipedrive_failed_version: 99 });
    const run = await reconcile('--yes');
    assert.match(
      run.stdout,
      /organizations: 2 read, 0 compared, 0 drifted; 1 only in Pipedrive, 1 on their way\n/,
    );
  });

  it('reads nothing when the budget of the day is nearly spent', async () => {
    await hermes.db('api_budget').insert({ system: 'pipedrive', daily_limit: 1000, daily_remaining: 100 });
    const run = await reconcile('--yes');
    assert.equal(run.code, 1);
    assert.match(run.stdout, /Pipedrive's budget of the day is nearly spent: nothing was repaired\.\n$/);
    assert.deepEqual(hermes.pipedrive.requests.entries, []);
  });

  it('does not repair in a script without --yes, and tells options that it does not understand', async () => {
    assert.equal((await reconcile()).code, 1);
    assert.equal((await reconcile('--yes', '--max-repairs', 'all')).code, 2);
    assert.deepEqual(hermes.pipedrive.requests.entries, []);
  });

  it('is run every night as the settings say', async () => {
    const handle = hermes.temporal.schedule.getHandle(reconcileSchedule);
    const nightly = (mode: string) =>
      readEnvironment({ DATABASE_URL: hermes.databaseUrl, RECONCILE_NIGHTLY: mode });
    const argumentsOf = async (): Promise<unknown> => {
      const { action } = await handle.describe();
      return action.args;
    };
    assert.deepEqual(await argumentsOf(), [{ dryRun: false, maxRepairs: 200 }]);
    await ensureReconcileSchedule(hermes.temporal, nightly('report'), hermes.logger);
    assert.deepEqual(await argumentsOf(), [{ dryRun: true, maxRepairs: 200 }]);
    await ensureReconcileSchedule(hermes.temporal, nightly('off'), hermes.logger);
    await assert.rejects(handle.describe());
    await ensureReconcileSchedule(hermes.temporal, nightly('off'), hermes.logger);
  });
});
