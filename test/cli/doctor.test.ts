import assert from 'node:assert/strict';
import type { Finding } from '../../cli/doctor/finding.ts';
import { useHermes } from '../support/hermes.ts';
import { stack } from '../support/stack.ts';
import { runHermes, type Run } from './runHermes.ts';

describe('hermes doctor', () => {
  const hermes = useHermes();
  let settings: Record<string, string>;
  let database: string;
  before(async () => {
    const { rows } = await hermes.db.raw<{ rows: [{ name: string }] }>('select current_database() as name');
    database = rows[0].name;
    settings = {
      TEMPORAL_ADDRESS: (await stack()).temporalAddress,
      TEMPORAL_NAMESPACE: hermes.namespace,
      BASE_URL: hermes.url,
      PD_WEBHOOK_USERNAME: 'hermes',
      PD_WEBHOOK_PASSWORD: 'knock-knock',
    };
    for (const [name, value] of Object.entries(hermes.environment)) {
      if (/^(DATABASE_URL|SIGNING_KEY|TC2_|PD_API|PD_BASE|PD_SEARCH|G_)/.test(name) && value !== undefined) {
        settings[name] = String(value);
      }
    }
  });
  beforeEach(() => hermes.reset());

  const doctor = (more: Record<string, string> = {}, ...words: string[]): Promise<Run> =>
    runHermes(['doctor', ...words], { ...settings, ...more });
  const examine = async (more: Record<string, string> = {}): Promise<{ code: number; found: Finding[] }> => {
    const run = await doctor(more, '--json');
    return { code: run.code, found: JSON.parse(run.stdout) as Finding[] };
  };
  /** What is not in order, as `status area: message`. */
  const complaints = (found: readonly Finding[]): string[] =>
    found
      .filter(({ status }) => status !== 'ok')
      .map(({ status, area, message }) => `${status} ${area}: ${message}`);
  const setUp = async (): Promise<void> => {
    const run = await runHermes(['pipedrive', 'setup', '--yes'], settings);
    assert.deepEqual([run.code, run.stderr], [0, '']);
  };
  const one = (found: readonly Finding[], pattern: RegExp): Finding => {
    const matching = found.filter(({ message }) => pattern.test(message));
    assert.equal(matching.length, 1, `${String(pattern)} in ${JSON.stringify(complaints(found), null, 1)}`);
    assert.ok(matching[0]?.advice !== undefined || matching[0]?.status === 'ok');
    return matching[0];
  };

  it('finds nothing wrong with a Hermes that is set up', async () => {
    hermes.tc2.createClient({});
    await hermes.quiet();
    await setUp();
    const { code, found } = await examine();
    assert.deepEqual(complaints(found), []);
    assert.equal(code, 0);
    assert.deepEqual(
      [...new Set(found.map(({ area }) => area))],
      [
        'Settings',
        'Database',
        'Temporal',
        'Configuration',
        'Pipedrive',
        'TutorCruncher',
        'Google',
        'Clock',
        'Backlog',
      ],
    );
    const run = await doctor();
    assert.match(run.stdout, /^ok {4}Settings +Every setting that matters is set\.\n/);
    assert.ok(!/knock-knock|sandbox-key|acme\.example/.test(run.stdout));
  });

  it('names settings of the database that lose webhooks, change its isolation, or do not know letters', async () => {
    const ascii = `${database}_ascii`;
    await hermes.db.raw(`create database ?? template template0 locale_provider libc locale 'C'`, [ascii]);
    await hermes.db.raw(`alter database ?? set default_transaction_isolation = 'serializable'`, [database]);
    await hermes.db.raw(`alter database ?? set synchronous_commit = 'off'`, [database]);
    try {
      const { code, found } = await examine();
      assert.equal(code, 1);
      assert.equal(one(found, /default_transaction_isolation is serializable/).status, 'fail');
      assert.equal(one(found, /synchronous_commit is off/).status, 'warn');
      const url = (settings['DATABASE_URL'] ?? '').replace(database, ascii);
      const other = await examine({ DATABASE_URL: url });
      assert.equal(one(other.found, /LC_CTYPE=C/).status, 'warn');
    } finally {
      await hermes.db.raw('alter database ?? reset all', [database]);
      await hermes.db.raw('drop database ??', [ascii]);
    }
  });

  it('lists faults of the settings', async () => {
    const { code, found } = await examine({ PORT: 'many', MEETING_MIN_START: '25:00' });
    assert.equal(code, 1);
    assert.equal(found.length, 2);
    assert.ok(found.every(({ area, status }) => area === 'Settings' && status === 'fail'));
  });

  it('goes on without the database, as far as that goes', async () => {
    const { code, found } = await examine({ DATABASE_URL: 'postgresql://hermes:pass-word@127.0.0.1:1/none' });
    assert.equal(code, 1);
    assert.ok(found.some(({ area, status }) => area === 'Database' && status === 'fail'));
    assert.ok(found.some(({ area, status }) => area === 'Temporal' && status === 'ok'));
    assert.ok(!JSON.stringify(found).includes('pass-word'));
  });

  it('tells a schema that is behind', async () => {
    const [last] = await hermes.db('schema_migration').orderBy('id', 'desc').limit(1).select('*');
    await hermes.db('schema_migration').where({ id: last.id }).delete();
    try {
      assert.equal(one((await examine()).found, /^The schema lacks /).status, 'fail');
    } finally {
      await hermes.db('schema_migration').insert(last);
    }
  });

  it('tells a Temporal that is away, a namespace that is not there, and queues without a worker', async () => {
    const away = await examine({ TEMPORAL_ADDRESS: '127.0.0.1:1' });
    assert.equal(one(away.found, /^Temporal does not answer at 127\.0\.0\.1:1/).status, 'fail');
    const elsewhere = await examine({ TEMPORAL_NAMESPACE: 'not-there' });
    assert.equal(one(elsewhere.found, /has no namespace not-there/).status, 'fail');
    const fresh = await examine({ TEMPORAL_NAMESPACE: 'default' });
    assert.equal(
      one(fresh.found, /^No worker asks for work on hermes, pipedrive, tc2, google\./).status,
      'fail',
    );
  });

  it('tells wrong keys', async () => {
    const { code, found } = await examine({ PD_API_KEY: 'wrong', TC2_API_KEY: 'wrong' });
    assert.equal(code, 1);
    assert.equal(one(found, /^Pipedrive refuses the key/).status, 'fail');
    assert.equal(one(found, /^TutorCruncher refuses the key/).status, 'fail');
  });

  it('tells webhooks that are missing or doubled', async () => {
    assert.equal(
      one(
        (await examine()).found,
        /^No usable webhook tells .* of organization, person, deal, pipeline, stage/,
      ).status,
      'fail',
    );
    await setUp();
    const [first] = hermes.pipedrive.webhooks.registry.list();
    assert.ok(first);
    hermes.pipedrive.webhooks.registry.add(first);
    assert.equal(
      one((await examine()).found, /doubled, so their events come twice: organization/).status,
      'warn',
    );
  });

  it('tells fields, owners, entry stages and plans that lead nowhere', async () => {
    await setUp();
    const { db } = hermes;
    await db('pipedrive_field')
      .where({ entity: 'deal', name: 'website' })
      .update({ pipedrive_key: 'f'.repeat(40) });
    await db('admin').where({ id: 1 }).update({ pd_owner_id: 999 });
    await db('admin').where({ id: 2 }).update({ pd_owner_id: null });
    await db('config').update({ startup_pipeline_id: null });
    await db('pipeline').where({ pd_pipeline_id: 3 }).update({ dft_entry_stage_id: null });
    const { found } = await examine();
    assert.equal(one(found, /Pipedrive has no deal field with this key/).status, 'fail');
    assert.equal(one(found, /No active users of Pipedrive: 999 \(admin 1\)/).status, 'fail');
    assert.equal(one(found, /^1 admin without a user in Pipedrive \(2\)/).status, 'warn');
    assert.equal(one(found, /The plan startup has no pipeline/).status, 'fail');
    assert.equal(
      one(found, /The pipeline 3 of the plan enterprise has no default entry stage/).status,
      'fail',
    );
  });

  it('tells a calendar that cannot be read', async () => {
    await hermes.db('admin').where({ id: 1 }).update({ username: 'nobody@acme.example' });
    const { found } = await examine();
    const finding = one(found, /^The calendar of admin 1 cannot be/);
    assert.equal(finding.status, 'fail');
    assert.ok(!finding.message.includes('nobody@'));
  });

  it('tells once that the private key is none, and does not blame the calendars', async () => {
    const { found } = await examine({ G_PRIVATE_KEY: 'lost on the way' });
    assert.equal(one(found, /^G_PRIVATE_KEY is no RSA private key/).status, 'fail');
    assert.ok(!found.some(({ message }) => message.startsWith('The calendar of admin')));
  });

  it('tells what failed, what is parked, what waits, and calls that are paused', async () => {
    await setUp();
    const row = (key: string, more: object) => ({
      source: 'tc2',
      dedupe_key: key,
      type: 'TcClientUpdated',
      subject: 'client-1',
      summary: 'a client',
      body: Buffer.from('{}'),
      body_hash: Buffer.from(key),
      workflow_id: `tc-client-1-${key}`,
      next_start_at: new Date(Date.now() + 3_600_000),
      ...more,
    });
    await hermes
      .db('webhook')
      .insert([
        row('a', { outcome: 'failed', reason: 'x' }),
        row('b', { outcome: 'parked', waiting_for: 'owner:999' }),
        row('c', { received_at: new Date(Date.now() - 3_600_000) }),
      ]);
    await hermes.db('company').insert({
      name: 'Harbour Tutors',
      wanted_version: 3,
      tc2_synced_version: 3,
      pipedrive_failed_version: 3,
    });
    await hermes.db.raw(
      `insert into api_window (bucket, blocked_until, blocked_reason) values ('tc2', now() + interval '1 hour', 'Unauthorised')`,
    );
    const { found } = await examine();
    assert.equal(one(found, /^1 event failed/).status, 'warn');
    assert.equal(one(found, /^Parked events wait for owner:999 \(1\)/).status, 'warn');
    assert.equal(one(found, /^1 event not finished, the oldest for 60 min/).status, 'fail');
    assert.equal(one(found, /^Calls to tc2 are paused until .* \(Unauthorised\)/).status, 'fail');
    assert.equal(one(found, /^A part of 1 company was refused for good/).status, 'warn');
  });

  it('tells clocks that differ', async () => {
    hermes.tc2.faults.add({
      kind: 'status',
      method: 'HEAD',
      status: 404,
      headers: { date: new Date(Date.now() - 3_600_000).toUTCString() },
    });
    const { found } = await examine();
    assert.equal(one(found, /^The clock of TutorCruncher is \d+ s behind this machine's/).status, 'fail');
  });
});
