import assert from 'node:assert/strict';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createRecord } from '../../../activities/pipedrive/createRecord.ts';
import { temporalLogger } from '../../../worker/bundle.ts';
import { activityDependencies } from '../../../worker/dependencies.ts';
import { addCompany, callsMade, rowOf } from '../../flow/syncSupport.ts';
import { useHermes } from '../../support/hermes.ts';
import { untilLockIsAwaited } from '../../support/locks.ts';

/** A process that stood still, between its intent to create a record and the call. */
describe('a create that comes late', () => {
  const hermes = useHermes({ worker: false });
  beforeEach(() => hermes.reset());

  const create = async (companyId: number, now: () => number): Promise<unknown> => {
    const { environment, db, logger } = hermes;
    const { pipedrive } = activityDependencies(environment, db, logger);
    const activity = createRecord(pipedrive, 'organization', now);
    return new MockActivityEnvironment({}, { logger: temporalLogger(logger) }).run(activity, {
      companyId,
      recordId: companyId,
    });
  };
  const intents = (): Promise<unknown[]> => hermes.db('create_intent').select('record_id');

  it('is not sent: others have stopped waiting for it, and may have made the record', async () => {
    const companyId = await addCompany(hermes);
    let moment = 0;
    assert.equal(await create(companyId, () => (moment += 31_000)), 'ambiguous');
    assert.deepEqual(callsMade(hermes), []);
    assert.deepEqual(await intents(), [], 'nothing was sent, so there is nothing to look for');
    assert.equal(await create(companyId, () => 0), 'done');
    assert.equal((await rowOf(hermes, 'company', companyId))['pd_org_id'], 1);
  });

  it('is not sent when the webhook of an earlier one links the record meanwhile, and ends its intent', async () => {
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

  it('leaves the intent of its successor alone', async () => {
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
});
