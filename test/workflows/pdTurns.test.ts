import assert from 'node:assert/strict';
import { keepCreated } from '../../activities/pipedrive/tombstones.ts';
import { createLogger } from '../../observability/logger.ts';
import { untilLockIsAwaited } from '../support/locks.ts';
import { custom, dealKeys, startPdHarness, type PdHarness } from './pdHarness.ts';

const logger = createLogger({ level: 'silent', process: 'test' });

/** Each test lets two transactions meet in the order in which they would wait for each other. */
describe('Pipedrive events that come at once', () => {
  let hermes: PdHarness;
  let companyId: number;
  before(async () => {
    hermes = await startPdHarness();
  });
  after(() => hermes.stop());
  beforeEach(async () => {
    await hermes.reset();
    companyId = await hermes.insert('company', { name: 'Harbour Tutors', pd_org_id: 20, sales_person_id: 1 });
    await hermes.synced(companyId);
  });

  const deal = (data: Record<string, unknown>, options = {}) =>
    hermes.send({
      entity: 'deal',
      action: 'create',
      data: { title: 'Harbour Tutors', owner_id: 101, org_id: 20, pipeline_id: 1, stage_id: 11, ...data },
      ...options,
    });
  const person = (data: Record<string, unknown>) =>
    hermes.send({
      entity: 'person',
      action: 'create',
      data: {
        name: 'Nell Harbour',
        org_id: 20,
        emails: [{ value: 'nell@harbour-tutors.example', label: 'work', primary: true }],
        ...data,
      },
    });
  const known = (entity: string, remoteId: number, fields: Record<string, unknown>) =>
    hermes.db('remote_record').insert({
      system: 'pipedrive',
      entity,
      remote_id: remoteId,
      known: JSON.stringify(fields),
      read_at: hermes.db.raw(`now() + interval '1 minute'`),
    });

  it('the answer to a create and its webhook', async () => {
    const { db } = hermes;
    const id = await hermes.insert('company', { name: 'Lighthouse' });
    await db('create_intent').insert({ entity: 'organization', record_id: id });
    await known('organization', 77, {});
    const gate = await db.transaction();
    await gate('remote_record').where({ remote_id: 77 }).forUpdate().first('remote_id');
    const webhook = hermes.send({
      action: 'create',
      source: 'api',
      data: { id: 77, name: 'Lighthouse', custom_fields: custom({ hermes_id: String(id) }) },
    });
    await untilLockIsAwaited(db);
    const answer = keepCreated({ db, logger }, 'organization', { companyId: id, recordId: id }, 77, {
      name: 'Lighthouse',
    });
    await untilLockIsAwaited(db, 2);
    await gate.commit();
    await Promise.all([webhook, answer]);
    assert.equal((await hermes.company(id)).pd_org_id, 77);
    assert.deepEqual(await db('create_intent').select('record_id'), []);
  });

  it('two new deals of one company', async () => {
    const { db } = hermes;
    const gate = await db.transaction();
    await gate('company').where({ id: companyId }).forNoKeyUpdate().first('id');
    const events = [deal({ id: 9 }), deal({ id: 10 })];
    await untilLockIsAwaited(db, 2);
    await gate.commit();
    for (const { row } of await Promise.all(events)) assert.equal(row.outcome, 'applied');
    assert.deepEqual(await db('deal').orderBy('pd_deal_id').pluck('pd_deal_id'), [9, 10]);
  });

  it('a new person and a deal of that person', async () => {
    const { db } = hermes;
    const gate = await db.transaction();
    const elsewhere = await hermes.insert('company', { name: 'Lighthouse' });
    await gate('contact').insert({ company_id: elsewhere, pd_person_id: 30 });
    const ofPerson = person({ id: 30 });
    await untilLockIsAwaited(db);
    const ofDeal = deal({ id: 9, person_id: 30 });
    await untilLockIsAwaited(db, 2);
    await gate.rollback();
    const applied = await Promise.all([ofPerson, ofDeal]);
    assert.deepEqual(
      applied.map(({ row }) => row.outcome),
      ['applied', 'applied'],
    );
    const [contact, ...others] = await db('contact').select('id', 'company_id');
    assert.deepEqual(others, []);
    assert.equal((await db('deal').first('contact_id')).contact_id, contact.id);
  });

  it('a new person and a deal of that person, both of an organization that Hermes does not have yet', async () => {
    const { db } = hermes;
    await known('organization', 21, { name: 'Lighthouse', owner_id: 101 });
    await known('person', 30, {});
    const gate = await db.transaction();
    await gate('remote_record').where({ remote_id: 21 }).forUpdate().first('remote_id');
    const ofDeal = deal({ id: 9, org_id: 21, person_id: 30 });
    await untilLockIsAwaited(db);
    const ofPerson = person({ id: 30, org_id: 21 });
    await untilLockIsAwaited(db, 2);
    await gate.commit();
    await Promise.all([ofDeal, ofPerson]);
    assert.deepEqual(await db('company').orderBy('id').pluck('pd_org_id'), [20, 21]);
    assert.deepEqual(await db('contact').pluck('pd_person_id'), [30]);
  });

  it('an echo that undid a change of a person, and a change of the company that reaches its contacts', async () => {
    const { db } = hermes;
    const names = { first_name: 'Nell', last_name: 'Harbour' };
    const id = await hermes.insert('contact', { company_id: companyId, pd_person_id: 30, ...names });
    await hermes.synced(companyId);
    const write = { at: new Date().toISOString(), fields: { name: 'Nell Pier' } };
    await db('remote_record')
      .where({ entity: 'person', remote_id: 30 })
      .update({ recent_writes: JSON.stringify([write]) });
    const change = await db.transaction();
    await change('company').where({ id: companyId }).forNoKeyUpdate().first('id');
    const webhook = hermes.send({
      entity: 'person',
      source: 'api',
      data: { id: 30, name: 'Nell Pier' },
      previous: { name: 'Nell Harbour' },
    });
    await untilLockIsAwaited(db);
    await change('contact').where({ id }).update({ phone: '+44 1' });
    await change.commit();
    await webhook;
    const { wanted_version: wanted, pipedrive_synced_version: synced } = await hermes.company(companyId);
    assert.equal(wanted, synced + 1);
  });

  it('the webhook of a duplicate, and the answer that links the deal to the original', async () => {
    const { db } = hermes;
    const id = await hermes.insert('deal', { company_id: companyId, status: 'open' });
    const answer = await db.transaction();
    await answer('deal').where({ id }).update({ pd_deal_id: 9 });
    const data = { id: 10, custom_fields: custom({ hermes_id: String(id) }, dealKeys) };
    const webhook = assert.rejects(deal(data), /was linked meanwhile/);
    await untilLockIsAwaited(db);
    await answer.commit();
    await webhook;
    assert.equal((await hermes.deal(id)).pd_deal_id, 9);
    assert.equal((await deal(data)).row.outcome, 'ignored');
  });

  it('the webhook of a deal that Hermes made, and a change of its company that reaches its deals', async () => {
    const { db } = hermes;
    const id = await hermes.insert('deal', { company_id: companyId, status: 'open' });
    const change = await db.transaction();
    await change('company').where({ id: companyId }).forNoKeyUpdate().first('id');
    const custom_fields = custom({ hermes_id: String(id) }, dealKeys);
    const webhook = deal({ id: 9, custom_fields }, { source: 'api' });
    await untilLockIsAwaited(db);
    await change('deal').where({ id }).update({ utm_source: 'google' });
    await change.commit();
    assert.equal((await webhook).row.outcome, 'applied');
    const { pd_deal_id: remoteId, utm_source: source } = await hermes.deal(id);
    assert.deepEqual([remoteId, source], [9, 'google']);
  });
});
