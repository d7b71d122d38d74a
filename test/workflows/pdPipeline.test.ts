import assert from 'node:assert/strict';
import { startPdHarness, type PdHarness } from './pdHarness.ts';

describe('Pipedrive pipeline and stage events', () => {
  let hermes: PdHarness;
  before(async () => {
    hermes = await startPdHarness();
  });
  after(() => hermes.stop());
  beforeEach(() => hermes.reset());

  const pipeline = (data: Record<string, unknown>, options = {}) =>
    hermes.send({ entity: 'pipeline', data: { id: 5, active_flag: true, ...data }, ...options });
  const stage = (data: Record<string, unknown>, options = {}) =>
    hermes.send({ entity: 'stage', data: { id: 51, active_flag: true, ...data }, ...options });
  const pipelines = async () => hermes.db('pipeline').where({ pd_pipeline_id: 5 }).select('name');
  const stages = async () => hermes.db('stage').where({ pd_stage_id: 51 }).select('name', 'pipeline_id');

  it('PDL-01, PDL-11, PDL-15: a new or unknown pipeline is created', async () => {
    for (const action of ['create', 'change'] as const) {
      await hermes.db('pipeline').where({ pd_pipeline_id: 5 }).delete();
      const { row } = await pipeline({ name: 'Partners' }, { action });
      assert.equal(row.outcome, 'applied');
      assert.deepEqual(await pipelines(), [{ name: 'Partners' }]);
    }
  });

  it('PDL-02, PDL-13: a renamed pipeline is renamed', async () => {
    await pipeline({ name: 'Partners' });
    await pipeline({ name: 'Resellers' }, { previous: { name: 'Partners' } });
    assert.deepEqual(await pipelines(), [{ name: 'Resellers' }]);
  });

  it('PDL-03: an unknown and inactive pipeline is not created', async () => {
    assert.equal((await pipeline({ name: 'Old', active_flag: false })).row.outcome, 'ignored');
    assert.deepEqual(await pipelines(), []);
  });

  it('PDL-04: a null name keeps the name', async () => {
    await pipeline({ name: 'Partners' });
    await pipeline({ name: null });
    assert.deepEqual(await pipelines(), [{ name: 'Partners' }]);
  });

  it('PDL-05, PDL-09, PDL-14: `previous` does no harm, and what is the same changes nothing', async () => {
    await pipeline({ name: 'Partners' });
    const { row } = await pipeline({ name: 'Partners' }, { previous: { name: 'Partners', deals: [] } });
    assert.equal(row.outcome, 'unchanged');
    await stage({ name: 'Lead in' });
    assert.equal((await stage({ name: 'Lead in' }, { previous: 7 })).row.outcome, 'unchanged');
  });

  it('PDL-06, PDL-17, PDL-21: a new or unknown stage is created, in its pipeline', async () => {
    for (const action of ['create', 'change'] as const) {
      await hermes.db('stage').where({ pd_stage_id: 51 }).delete();
      await stage({ name: 'Lead in', pipeline_id: 1 }, { action });
      assert.deepEqual(await stages(), [{ name: 'Lead in', pipeline_id: 1 }]);
    }
  });

  it('PDL-07, PDL-19: a renamed stage is renamed', async () => {
    await stage({ name: 'Lead in', pipeline_id: 777 });
    await stage({ name: 'New', pipeline_id: 1 });
    assert.deepEqual(await stages(), [{ name: 'New', pipeline_id: 1 }]);
  });

  it('an unknown one without a name is read', async () => {
    const { row } = await stage({ id: 21, name: null });
    assert.equal(row.outcome, 'applied');
    assert.equal((await hermes.db('stage').where({ pd_stage_id: 21 }).first('name')).name, 'New');
    assert.equal((await pipeline({ id: 777, name: null })).row.outcome, 'ignored');
  });
});
