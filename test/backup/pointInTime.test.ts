import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { migrate } from '../../db/migrate.ts';
import { looksRestored } from '../../db/restore.ts';
import { freePort } from '../../dev/ports.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres.ts';
import { createSupervisor, type Supervisor } from '../../dev/supervisor.ts';
import { runHermes, type Run } from '../cli/runHermes.ts';
import { eventually, startHermes, type TestHermes } from '../support/hermes.ts';
import { stack } from '../support/stack.ts';
import { query } from '../support/query.ts';

const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

/** A PostgreSQL that archives its log, as docs/backup.md describes, with a base backup and a restore to a named moment. */
class ArchivingPostgres {
  readonly folder: string;
  readonly supervisor: Supervisor;
  running: RunningPostgres | undefined;
  readonly port: number;

  constructor(port: number) {
    this.folder = mkdtempSync(path.join(tmpdir(), 'hermes-backup-'));
    chmodSync(this.folder, 0o755);
    this.port = port;
    this.supervisor = createSupervisor({ logFolder: path.join(this.folder, 'logs') });
    this.supervisor.removeAtEnd(this.folder);
    mkdirSync(this.archive);
    chmodSync(this.archive, 0o777);
  }

  get archive(): string {
    return path.join(this.folder, 'archive');
  }

  async start(data: string): Promise<string> {
    const { supervisor, port } = this;
    const dataFolder = path.join(this.folder, data);
    this.running = await startPostgres({
      supervisor,
      dataFolder,
      projectRoot,
      port,
      durable: true,
      database: 'hermes',
    });
    return this.running.url('hermes');
  }

  async stop(): Promise<void> {
    if (this.running !== undefined) await supervisorStop(this.supervisor, this.running);
    this.running = undefined;
  }

  async sql(text: string): Promise<void> {
    assert.ok(this.running);
    await query(this.running.url('postgres'), text);
  }

  async says(question: string): Promise<boolean> {
    assert.ok(this.running);
    const [row] = await query<{ done: boolean }>(this.running.url('postgres'), question);
    return row?.done === true;
  }

  /** The steps of pg_basebackup, whose program does not come with the tests' PostgreSQL. */
  async baseBackup(from: string, to: string): Promise<void> {
    assert.ok(this.running);
    const client = new pg.Client({ connectionString: this.running.url('postgres') });
    await client.connect();
    await client.query(`select pg_backup_start('base', true)`);
    const [source, target] = [path.join(this.folder, from), path.join(this.folder, to)];
    execFileSync('cp', ['-a', source, target]);
    execFileSync('cp', ['-a', `${source}.password`, `${target}.password`]);
    const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
    const label = path.join(target, 'backup_label');
    writeFileSync(label, rows[0]?.labelfile ?? '');
    await client.end();
    rmSync(path.join(target, 'postmaster.pid'), { force: true });
    this.own(target, [label]);
  }

  /** Tells a base backup to follow the archived log up to the moment. */
  prepareRestore(data: string, moment: string): void {
    const folder = path.join(this.folder, data);
    const signal = path.join(folder, 'recovery.signal');
    writeFileSync(signal, '');
    const settings = [
      `restore_command = 'cp ${this.archive}/%f %p'`,
      `recovery_target_name = '${moment}'`,
      `recovery_target_action = 'promote'`,
    ];
    appendFileSync(path.join(folder, 'postgresql.auto.conf'), settings.map((line) => `${line}\n`).join(''));
    this.own(folder, [signal]);
  }

  private own(folder: string, files: readonly string[]): void {
    const { uid, gid } = statSync(folder);
    if (process.getuid?.() === 0) execFileSync('chown', [`${uid}:${gid}`, ...files]);
  }
}

const supervisorStop = (supervisor: Supervisor, { child }: RunningPostgres): Promise<void> =>
  supervisor.stopChild(child);

describe('a database restored to a point in time', () => {
  let postgres: ArchivingPostgres;
  let hermes: TestHermes;
  let settings: Record<string, string>;
  before(async () => {
    postgres = new ArchivingPostgres(await freePort());
    await postgres.start('data');
    await postgres.sql(`alter system set archive_mode = 'on'`);
    await postgres.sql(`alter system set archive_command = 'cp %p ${postgres.archive}/%f'`);
    await postgres.stop();
    const url = await postgres.start('data');
    await migrate(url);
    hermes = await startHermes({ environment: { DATABASE_URL: url }, worker: false });
    settings = {
      DATABASE_URL: url,
      TEMPORAL_ADDRESS: (await stack()).temporalAddress,
      TEMPORAL_NAMESPACE: hermes.namespace,
    };
  });
  after(async () => {
    await hermes.stop();
    await postgres.supervisor.stop();
    rmSync(postgres.folder, { recursive: true, force: true });
  });

  const run = async (...words: string[]): Promise<Run> => {
    const done = await runHermes(words, settings);
    assert.equal(done.code, 0, done.stderr + done.stdout);
    return done;
  };

  it('is repaired: what was lost is read again, nothing new gets a lost id, nothing is made twice', async () => {
    await hermes.startWorker();
    const first = hermes.tc2.createClient({});
    await hermes.quiet();
    await postgres.baseBackup('data', 'restored');
    await postgres.sql(`select pg_create_restore_point('before the loss')`);

    // All of this will be lost: a second client, and a name that somebody typed in Pipedrive.
    hermes.tc2.createClient({ meta_agency: { id: 6001, name: 'Lighthouse Lessons' } });
    await hermes.quiet();
    const [organization] = hermes.pipedrive.organizations.values();
    assert.ok(organization);
    hermes.pipedrive.app.update('organization', organization.id, { name: 'Harbour & Sons' });
    await postgres.sql('select pg_switch_wal()');
    await eventually('the log is archived', () =>
      postgres.says(
        `select last_archived_wal >= pg_walfile_name(pg_current_wal_lsn() - 16777216) as done from pg_stat_archiver`,
      ),
    );
    await hermes.stopWorker();
    await postgres.stop();

    postgres.prepareRestore('restored', 'before the loss');
    await postgres.start('restored');
    await eventually('the restore is over', () => postgres.says('select not pg_is_in_recovery() as done'));
    assert.deepEqual(await hermes.db('company').pluck('tc2_cligency_id'), [first.id]);

    assert.equal(await looksRestored(hermes.db), true);
    await run('db', 'restored', '--yes');
    assert.equal(await looksRestored(hermes.db), false);
    await hermes.startWorker();
    const repaired = await run('reconcile', '--yes');
    assert.match(repaired.stdout, /1 {2}name/);
    // TutorCruncher sends every client again within hours.
    hermes.tc2.resendAll();
    await hermes.quiet();

    const companies = await hermes.db('company').orderBy('id').select('id', 'name', 'pd_org_id');
    assert.deepEqual(
      companies.map(({ name }: { name: string }) => name),
      ['Harbour & Sons', 'Lighthouse Lessons'],
    );
    assert.ok((companies[1] as { id: number }).id > 10_000);
    const { organizations, persons, deals } = hermes.pipedrive;
    assert.deepEqual([organizations.size, persons.size, deals.size], [2, 2, 2]);
    assert.match((await run('reconcile', '--yes')).stdout, /Pipedrive holds what Hermes wants/);
  });
});
