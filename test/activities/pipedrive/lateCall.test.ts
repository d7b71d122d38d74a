import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import pino from 'pino';
import type { ActivityDependencies } from '../../../activities/index.ts';
import { createRecord } from '../../../activities/pipedrive/createRecord.ts';
import { deleteRecord, updateRecord } from '../../../activities/pipedrive/records.ts';
import { writeBackClient } from '../../../activities/tc2/writeBack.ts';
import type { RecordTarget } from '../../../workflows/syncSteps.ts';
import { temporalLogger } from '../../../worker/bundle.ts';
import { activityDependencies } from '../../../worker/dependencies.ts';
import { addCompany, callsMade, rowOf } from '../../flow/syncSupport.ts';
import { useHermes } from '../../support/hermes.ts';
import { untilLockIsAwaited } from '../../support/locks.ts';

/** A process that stood still, between its intent to create a record, or what it loaded to change one, and the call. */
describe('a call that comes late', () => {
  const hermes = useHermes({ worker: false });
  beforeEach(() => hermes.reset());

  const dependencies = (): ActivityDependencies =>
    activityDependencies(hermes.environment, hermes.db, hermes.logger);
  const run = async (
    activity: (target: RecordTarget) => Promise<unknown>,
    companyId: number,
  ): Promise<unknown> =>
    new MockActivityEnvironment({}, { logger: temporalLogger(hermes.logger) }).run(activity, {
      companyId,
      recordId: companyId,
    });
  const create = (companyId: number, now: () => number): Promise<unknown> =>
    run(createRecord(dependencies().pipedrive, 'organization', now), companyId);
  /** A clock that goes on by so much with every look. */
  const steps = (ms: number): (() => number) => {
    let moment = 0;
    return () => (moment += ms);
  };
  const intents = (): Promise<unknown[]> => hermes.db('create_intent').select('record_id');

  it('a create is not sent: others have stopped waiting for it, and may have made the record', async () => {
    const companyId = await addCompany(hermes);
    assert.equal(await create(companyId, steps(31_000)), 'ambiguous');
    assert.deepEqual(callsMade(hermes), []);
    assert.deepEqual(await intents(), [], 'nothing was sent, so there is nothing to look for');
    assert.equal(await create(companyId, () => 0), 'done');
    assert.equal((await rowOf(hermes, 'company', companyId))['pd_org_id'], 1);
  });

  it('a create is not sent when the webhook of an earlier one links the record meanwhile, and ends its intent', async () => {
    const companyId = await addCompany(hermes);
    const { db } = hermes;
    await db('create_intent').insert({ entity: 'organization', record_id: companyId });
    const webhook = await db.transaction();
    await webhook('company').where({ id: companyId }).update({ pd_org_id: 77 });
    await webhook('create_intent').delete();
    const created = create(companyId, () => 0);
    await untilLockIsAwaited(db);
    await webhook.commit();
    assert.equal(await created, 'ambiguous');
    assert.deepEqual(callsMade(hermes), []);
    assert.deepEqual(await intents(), []);
  });

  it('a create leaves the intent of its successor alone', async () => {
    const companyId = await addCompany(hermes);
    hermes.pipedrive.faults.add({
      kind: 'dropAfter',
      method: 'POST',
      path: '/api/v2/organizations',
      times: 1,
    });
    const { db } = hermes;
    await db.raw(`create function replace_intent() returns trigger language plpgsql as $$ begin
      update create_intent set intended_at = now() + interval '61 seconds'; return null; end $$`);
    await db.raw(
      `create trigger replaced after insert on api_call for each statement execute function replace_intent()`,
    );
    await assert.rejects(create(companyId, () => 0));
    await db.raw('drop function replace_intent cascade');
    assert.deepEqual(await db('create_intent').select('record_id', 'over_at'), [
      { record_id: companyId, over_at: null },
    ]);
  });

  it('a create that was overtaken by another link is told of, for what it made is nobody’s', async () => {
    const companyId = await addCompany(hermes);
    const { db } = hermes;
    await db.raw(`create function link_elsewhere() returns trigger language plpgsql as $$ begin
      update company set pd_org_id = 77; return null; end $$`);
    await db.raw(
      `create trigger linked after insert on api_call for each statement execute function link_elsewhere()`,
    );
    const lines: Record<string, unknown>[] = [];
    const logger = pino({ level: 'error' }, { write: (line: string) => lines.push(JSON.parse(line)) });
    const pipedrive = { ...dependencies().pipedrive, logger };
    assert.equal(
      await run(
        createRecord(pipedrive, 'organization', () => 0),
        companyId,
      ),
      'done',
    );
    await db.raw('drop function link_elsewhere cascade');
    const [orphan] = hermes.pipedrive.organizations.keys();
    assert.deepEqual(
      lines.map(({ entity, recordId, remoteId }) => [entity, recordId, remoteId]),
      [['organization', companyId, orphan]],
    );
    assert.equal((await rowOf(hermes, 'company', companyId))['pd_org_id'], 77);
  });

  for (const [name, activity, narc] of [
    ['an update', updateRecord, false],
    ['a delete', deleteRecord, true],
  ] as const) {
    it(`${name} is not sent: another process may have written what is wanted by now`, async () => {
      const companyId = await addCompany(hermes, { pd_org_id: 30, narc });
      hermes.pipedrive.seed({ organizations: [{ id: 30, name: 'Harbour' }] });
      const { pipedrive } = dependencies();
      const late = run(activity(pipedrive, 'organization', steps(21_000)), companyId);
      await assert.rejects(late, /may be out of date/);
      assert.deepEqual(callsMade(hermes), []);
      assert.equal(await run(activity(pipedrive, 'organization', steps(19_000)), companyId), 'done');
    });
  }

  it('a write back to TC2 is not sent either', async () => {
    const client = hermes.tc2.createClient();
    const companyId = await addCompany(hermes, { pd_org_id: 30, tc2_cligency_id: client.id });
    const late = run(writeBackClient(dependencies().tc2, steps(21_000)), companyId);
    await assert.rejects(late, /may be out of date/);
    assert.deepEqual(hermes.tc2.requests.entries, []);
    assert.equal(await run(writeBackClient(dependencies().tc2, steps(19_000)), companyId), 'done');
  });
});
