import assert from 'node:assert/strict';
import { forgetPerson } from '../../inbox/forget.ts';
import { pruneBodies } from '../../inbox/prune.ts';
import { runHermes } from '../cli/runHermes.ts';
import { useDatabase } from '../support/database.ts';

const nell = 'nell@harbour-tutors.example';

describe('erasure and retention', () => {
  const database = useDatabase();
  beforeEach(() =>
    database.db.raw(
      'truncate webhook, company, contact, meeting, field_change, api_call, remote_record, operator_audit restart identity cascade',
    ),
  );

  const event = (id: number, text: string | null, change: Record<string, unknown> = {}) => ({
    id,
    source: 'tc2',
    dedupe_key: `key-${id}`,
    type: 'TcClientUpdated',
    subject: 'client-70412',
    summary: 'TC2 client 70412',
    body: text === null ? null : Buffer.from(text),
    body_hash: Buffer.alloc(32, 1),
    outcome: 'applied',
    ...change,
  });
  const withBody = (): Promise<number[]> =>
    database.db('webhook').whereNotNull('body').orderBy('id').pluck('id');

  it('empties the bodies of old events that ended; rows and hashes stay', async () => {
    const old = { received_at: new Date('2020-01-01') };
    await database
      .db('webhook')
      .insert([
        event(1, 'old', { ...old, read_body: JSON.stringify({ a: 1 }) }),
        event(2, 'old and failed', { ...old, outcome: 'failed' }),
        event(3, 'old and parked', { ...old, outcome: 'parked' }),
        event(4, 'old and running', { ...old, outcome: null }),
        event(5, 'old envelope of one that runs', old),
        event(6, null, { ...old, envelope_id: 5, outcome: null }),
        event(7, 'old, nothing is done for it', { ...old, type: null, outcome: 'ignored' }),
        event(8, 'new'),
      ]);
    assert.equal(await pruneBodies(database.db, 0), 0);
    assert.equal(await pruneBodies(database.db, 90), 3);
    assert.deepEqual(await withBody(), [3, 4, 5, 8]);
    const [row] = (await database.db('webhook').where({ id: 1 }).select('read_body', 'body_hash')) as {
      read_body: unknown;
      body_hash: Buffer;
    }[];
    assert.equal(row?.read_body, null);
    assert.equal(row?.body_hash.length, 32);
    assert.equal(await pruneBodies(database.db, 90), 0);
  });

  const person = async (): Promise<void> => {
    await database.db('company').insert({ id: 1, name: 'Harbour Tutors' });
    await database.db('contact').insert([
      { id: 1, company_id: 1, email: 'Nell@Harbour-Tutors.example', first_name: 'Nell', pd_person_id: 30 },
      { id: 2, company_id: 1, email: 'other@harbour-tutors.example' },
    ]);
    await database
      .db('webhook')
      .insert([
        event(1, `{"name":"É","email":"${nell.toUpperCase()}"}`),
        event(2, '{"name":"Nell"}', { source: 'pipedrive', subject: 'person-30' }),
        event(3, '{"email":"other@harbour-tutors.example"}'),
      ]);
    await database.db('field_change').insert([
      { entity: 'contact', record_id: 1, company_id: 1, source: 'tc2', changes: '{"first_name":{}}' },
      { entity: 'company', record_id: 1, company_id: 1, source: 'tc2', changes: '{"name":{}}' },
    ]);
    await database.db('api_call').insert({
      system: 'pipedrive',
      method: 'POST',
      endpoint: '/api/v2/persons',
      duration_ms: 1,
      request_body: JSON.stringify({ emails: [nell] }),
    });
    await database.db('remote_record').insert({
      system: 'pipedrive',
      entity: 'person',
      remote_id: 30,
      known: JSON.stringify({ name: 'Nell' }),
    });
  };

  it('hermes forget: no trace of the person is left, and nothing else is touched', async () => {
    await person();
    const run = await runHermes(['forget', '--email', nell, '--yes'], { DATABASE_URL: database.url });
    assert.equal(run.stderr, '');
    assert.match(run.stdout, /^Erased: 1 contacts, the bodies of 2 events and 1 refused calls, 1 changes\./);
    assert.match(run.stdout, /Pipedrive still holds: person 30\./);
    assert.deepEqual(await withBody(), [3]);
    assert.deepEqual(await database.db('contact').pluck('id'), [2]);
    for (const table of [
      'webhook',
      'contact',
      'field_change',
      'api_call',
      'remote_record',
      'operator_audit',
    ]) {
      const { rows } = await database.db.raw<{ rows: { row: string }[] }>('select t::text as row from ?? t', [
        table,
      ]);
      for (const { row } of rows) assert.doesNotMatch(row, /nell/i, table);
    }
    const [audit] = (await database.db('operator_audit').select('*')) as { action: string }[];
    assert.equal(audit?.action, 'forgot');
    const again = await forgetPerson(database.db, nell);
    assert.deepEqual(again.ok && [again.contacts, again.events], [0, 0]);
  });

  it('waits for what is still under way, and asks before it erases', async () => {
    await person();
    await database.db('webhook').insert(event(4, `{"email":"${nell}"}`, { outcome: null }));
    const running = await forgetPerson(database.db, nell);
    assert.match(running.ok ? '' : running.reason, /still being worked on/);
    await database.db('webhook').where({ id: 4 }).update({ outcome: 'applied' });
    await database.db('meeting').insert({
      company_id: 1,
      contact_id: 1,
      meeting_type: 'sales',
      start_time: new Date('2999-01-01'),
    });
    const planned = await forgetPerson(database.db, nell);
    assert.match(planned.ok ? '' : planned.reason, /cancel it first/);
    const unasked = await runHermes(['forget', '--email', nell], { DATABASE_URL: database.url });
    assert.equal(unasked.code, 1);
    assert.match(unasked.stderr, /nobody can be asked/);
    assert.deepEqual(await withBody(), [1, 2, 3, 4]);
  });
});
