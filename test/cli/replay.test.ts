import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { clientEvent, exampleClient, type Tc2Client } from '../../sandbox/tc2/events.ts';
import { readingRow } from '../../inbox/reading.ts';
import { replayEvents } from '../../inbox/replay.ts';
import { eventually, useHermes } from '../support/hermes.ts';
import { stack } from '../support/stack.ts';
import { runHermes, type Run } from './runHermes.ts';

const unknownAdmin = { id: 99, first_name: 'New', last_name: 'Admin', email: 'new@acme.example' };

const clientOf = (id: number, changes: Partial<Tc2Client> = {}): Tc2Client => ({
  ...structuredClone(exampleClient),
  id,
  meta_agency:
    exampleClient.meta_agency === null ? null : { ...exampleClient.meta_agency, id: id + 1_000_000 },
  paid_recipients: [],
  ...changes,
});

describe('hermes replay', () => {
  const hermes = useHermes();
  beforeEach(async () => {
    await hermes.reset();
    await hermes.db.raw('truncate replay_job restart identity cascade');
  });

  const replay = (...words: string[]): Promise<Run> =>
    runHermes(['replay', ...words], { DATABASE_URL: hermes.databaseUrl });
  const send = async (client: Tc2Client, at = new Date()): Promise<void> => {
    await hermes.tc2.send([clientEvent(client, 'EDITED_A_CLIENT', at)]);
  };
  const rows = (): Promise<
    { id: number; outcome: string | null; reason: string | null; replay_of: number | null }[]
  > => hermes.db('webhook').orderBy('id').select('id', 'outcome', 'reason', 'replay_of');
  const addAdmin = () => hermes.db('admin').where({ id: 6 }).update({ tc2_admin_id: unknownAdmin.id });
  const failing = (id: number): Tc2Client => clientOf(id, { sales_person: unknownAdmin });

  it('TCC-06: a client that failed for want of its sales person is applied by a replay once the admin exists', async () => {
    await send(failing(70_500));
    await hermes.quiet();
    assert.deepEqual(
      (await rows()).map(({ outcome }) => outcome),
      ['failed'],
    );
    await addAdmin();

    const run = await replay('--outcome', 'failed', '--yes');
    assert.equal(run.stderr, '');
    assert.equal(run.code, 0);
    assert.match(
      run.stdout,
      /^1 event to replay:\n {2}1 {2}TcClientUpdated failed: UnknownSalesPerson: .*\nReplaying 1 event \(job 1\)/,
    );
    await hermes.quiet();

    const [original, again] = await rows();
    assert.deepEqual(original, {
      id: 1,
      outcome: 'ignored',
      reason: 'applied by webhook 2',
      replay_of: null,
    });
    assert.deepEqual([again?.outcome, again?.replay_of], ['applied', 1]);
    assert.equal(hermes.pipedrive.organizations.size, 1);
    const [job] = (await hermes.db('replay_job').select('*')) as { events: number; requested_by: string }[];
    assert.equal(job?.events, 1);
    assert.match(job.requested_by, /^cli/);
  });

  it('refuses to replay the whole inbox, and options that it does not understand', async () => {
    for (const words of [
      [],
      ['--again', '--yes'],
      ['--outcome', 'lost'],
      ['--type', 'CompanySync'],
      ['--since', 'yesterday'],
      ['seven'],
    ]) {
      const run = await replay(...words);
      assert.equal(run.code, 2, words.join(' '));
      assert.equal(run.stdout, '');
    }
  });

  it('only counts on a dry run, and does nothing in a script without --yes', async () => {
    await send(failing(70_501));
    await send(failing(70_502));
    await hermes.quiet();
    const dry = await replay('--since', '1h', '--dry-run');
    assert.match(dry.stdout, /^2 events to replay:\n/);
    const unasked = await replay('--since', '1h');
    assert.deepEqual(
      [unasked.code, unasked.stderr],
      [1, 'Nothing was done: nobody can be asked here, so say --yes.\n'],
    );
    assert.equal((await rows()).length, 2);
  });

  it('finds events by type, time, subject, source and reason, all of them together', async () => {
    await send(failing(70_503));
    await send(failing(70_504));
    await hermes.quiet();
    const count = async (...words: string[]): Promise<string | undefined> =>
      (await replay(...words, '--dry-run')).stdout.split('\n')[0];
    assert.equal(await count('--subject', 'client-70503'), '1 event to replay:');
    assert.equal(await count('--reason-contains', 'unknownsales'), '2 events to replay:');
    assert.equal(await count('--type', 'TcClientDeleted'), '0 events to replay.');
    assert.equal(await count('--source', 'tc2', '--until', '1h'), '0 events to replay.');
    assert.equal(await count('--subject', 'client-70503', '--source', 'pipedrive'), '0 events to replay.');
    assert.equal(await count('1', '2'), '2 events to replay:');
  });

  it('refuses ids that the inbox does not have, with an exit code that a script sees, and replays nothing', async () => {
    await send(failing(70_506));
    await hermes.quiet();
    const run = await replay('1', '77', '78', '--yes');
    assert.deepEqual(
      [run.code, run.stdout, run.stderr],
      [1, '', 'The inbox has no webhook 77, 78: nothing is replayed.\n'],
    );
    assert.equal((await rows()).length, 1);
  });

  it('a replay that fails again is visible, and may be replayed; one success closes them all', async () => {
    await send(failing(70_505));
    await hermes.quiet();
    await replay('1', '--yes');
    await hermes.quiet();
    assert.deepEqual(
      (await rows()).map(({ outcome, replay_of }) => [outcome, replay_of]),
      [
        ['failed', null],
        ['failed', 1],
      ],
    );
    await addAdmin();
    // By the filter both failures are found, and they are one event.
    const run = await replay('--outcome', 'failed', '--yes');
    assert.match(run.stdout, /^1 event to replay/);
    await hermes.quiet();
    assert.deepEqual(
      (await rows()).map(({ outcome, reason }) => [outcome, reason]),
      [
        ['ignored', 'applied by webhook 3'],
        ['ignored', 'applied by webhook 3'],
        ['applied', null],
      ],
    );
  });

  it('leaves out what is under way, what a replay has settled, and what nothing is done for', async () => {
    await send(failing(70_506));
    await hermes.quiet();
    await addAdmin();
    await hermes.stopWorker();
    try {
      await replay('1', '--yes');
      const second = await replay('1', '--yes');
      assert.equal(second.stdout, '0 events to replay.\nNot: 1 whose replay is under way.\n');
    } finally {
      await hermes.startWorker();
    }
    await hermes.quiet();
    const third = await replay('1', '--yes');
    assert.equal(
      third.stdout,
      '0 events to replay.\nNot: 1 that a replay has settled before (--again repeats them).\n',
    );
    assert.match((await replay('1', '--again', '--dry-run')).stdout, /^1 event to replay/);
    assert.equal((await rows()).length, 2);
  });

  it('two orders at the same moment give one replay', async () => {
    await send(failing(70_507));
    await hermes.quiet();
    const orders = await Promise.all(
      Array.from({ length: 4 }, () => replayEvents(hermes.db, { filter: { ids: [1] }, requestedBy: 'test' })),
    );
    const filed = orders.flatMap(({ events }) => events);
    await hermes.quiet();
    const replays = (await rows()).filter(({ replay_of }) => replay_of === 1);
    assert.equal(filed.length, replays.length);
    // A replay that has failed meanwhile may be followed by another, never accompanied.
    assert.ok(replays.every(({ outcome }) => outcome === 'failed'));
    assert.ok(replays.length >= 1);
  });

  it('never replays a booking', async () => {
    await hermes.db('webhook').insert({
      source: 'callbooker',
      dedupe_key: 'aa',
      type: 'SalesCallBooked',
      subject: 'booking',
      summary: 'a booking',
      body: Buffer.from('{}'),
      body_hash: Buffer.from('aa'),
      workflow_id: 'call-booking-aa',
      outcome: 'failed',
      reason: 'Refused: x',
    });
    const run = await replay('--since', '1h', '--yes');
    assert.equal(
      run.stdout,
      '0 events to replay.\nNot: 1 bookings: their visitors have been answered, so these are never replayed.\n',
    );
  });

  it('never overwrites newer data: a replay of an old event is stale', async () => {
    const old = new Date(Date.now() - 60_000);
    await send(failing(70_508), old);
    await hermes.quiet();
    await send(clientOf(70_508, { status: 'live' }), new Date());
    await hermes.quiet();
    await addAdmin();
    const before = await hermes.db('company').where({ tc2_cligency_id: 70_508 }).first('*');
    await replay('1', '--yes');
    await hermes.quiet();
    const [original, , again] = await rows();
    assert.equal(again?.outcome, 'stale');
    assert.equal(original?.outcome, 'ignored');
    assert.deepEqual(await hermes.db('company').where({ tc2_cligency_id: 70_508 }).first('*'), before);
  });

  it('replays one event of a batch, from the body that the batch keeps once', async () => {
    await hermes.tc2.send([
      clientEvent(clientOf(70_509), 'EDITED_A_CLIENT', new Date()),
      clientEvent(failing(70_510), 'EDITED_A_CLIENT', new Date()),
    ]);
    await hermes.quiet();
    await addAdmin();
    await replay('--subject', 'client-70510', '--yes');
    await hermes.quiet();
    const names = await hermes.db('company').orderBy('tc2_cligency_id').pluck('tc2_cligency_id');
    assert.deepEqual(names, [70_509, 70_510]);
  });

  it('replays what was read from Pipedrive with what was read', async () => {
    const readAt = new Date();
    const record = { id: 20, name: 'Harbour Tutors', owner_id: 999 };
    const row = readingRow({
      entity: 'organization',
      record,
      readAt,
      companyId: null,
      key: `test:${randomUUID()}`,
      by: 'a test',
    });
    await hermes.db('webhook').insert({ ...row, outcome: 'failed', reason: 'x' });
    assert.match((await replay('1', '--yes')).stdout, /^1 event to replay/);
    const again = (await hermes.db('webhook').where({ replay_of: 1 }).first('*')) as {
      read_body: unknown;
      read_at: Date;
    };
    assert.deepEqual([again.read_body, again.read_at], [record, readAt]);
  });

  it('says when the body is no longer kept', async () => {
    await send(failing(70_511));
    await hermes.quiet();
    await hermes.db('webhook').update({ body: null });
    const run = await replay('1', '--yes');
    assert.equal(run.stdout, '0 events to replay.\nNot: 1 whose body is no longer kept.\n');
  });
});

describe('hermes replay company', () => {
  const hermes = useHermes();

  it('tries again what Pipedrive refused for good', async () => {
    hermes.tc2.createClient({});
    await hermes.quiet();
    const { id } = (await hermes.db('company').first('id')) as { id: number };
    await hermes.db('company').update({
      pipedrive_failed_version: hermes.db.ref('wanted_version'),
      pipedrive_failure: 'x',
      name: 'New',
    });
    const settings = {
      DATABASE_URL: hermes.databaseUrl,
      TEMPORAL_ADDRESS: (await stack()).temporalAddress,
      TEMPORAL_NAMESPACE: hermes.namespace,
    };
    const run = await runHermes(['replay', 'company', String(id)], settings);
    assert.deepEqual([run.code, run.stderr], [0, '']);
    await eventually(
      'the name is in Pipedrive',
      () => [...hermes.pipedrive.organizations.values()][0]?.name === 'New',
    );
    await hermes.quiet();
    const company = (await hermes.db('company').first('*')) as { pipedrive_failure: string | null };
    assert.equal(company.pipedrive_failure, null);

    const unknown = await runHermes(['replay', 'company', '4711'], settings);
    assert.deepEqual([unknown.code, unknown.stderr], [1, 'There is no company 4711.\n']);
  });
});
