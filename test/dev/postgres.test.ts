import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../dev/ports.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres.ts';
import { createSupervisor, type Supervisor } from '../../dev/supervisor.ts';
import { query } from '../support/query.ts';

const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

describe('embedded PostgreSQL', () => {
  let folder: string;
  let supervisor: Supervisor;
  let running: RunningPostgres;

  const start = async (): Promise<RunningPostgres> => {
    supervisor = createSupervisor({ logFolder: path.join(folder, 'logs') });
    running = await startPostgres({
      supervisor,
      dataFolder: path.join(folder, 'postgres'),
      projectRoot,
      port: await freePort(),
      durable: true,
      database: 'hermes',
    });
    return running;
  };

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hermes-postgres-'));
    chmodSync(folder, 0o755);
  });

  after(async () => {
    await supervisor.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is made on the first start, can hold an exclusion constraint, and stops cleanly', async () => {
    const postgres = await start();
    const url = postgres.url('hermes');
    await query(url, 'create extension btree_gist');
    await query(
      url,
      'create table kept (id int, span tstzrange, exclude using gist (id with =, span with &&))',
    );
    await query(url, 'insert into kept (id) values (1)');
    await supervisor.stop();
    assert.deepEqual(await postgres.child.exited, { code: 0, signal: null });
  });

  it('keeps its data, speaks UTC, and listens to the loopback only', async () => {
    const url = (await start()).url('hermes');
    assert.deepEqual(await query(url, 'select id from kept'), [{ id: 1 }]);
    assert.deepEqual(await query(url, 'show timezone'), [{ TimeZone: 'UTC' }]);
    assert.deepEqual(await query(url, 'show listen_addresses'), [{ listen_addresses: '127.0.0.1' }]);
    assert.deepEqual(await query(url, 'show fsync'), [{ fsync: 'on' }]);
  });

  it('starts again after it was killed', async () => {
    const pid = supervisor.children()[0]?.pid;
    assert.ok(pid !== undefined);
    process.kill(pid, 'SIGKILL');
    await supervisor.crash;
    await supervisor.stop();
    assert.deepEqual(await query((await start()).url('hermes'), 'select id from kept'), [{ id: 1 }]);
    await supervisor.stop();
  });

  it('starts again when the pid file names another process', async () => {
    writeFileSync(
      path.join(folder, 'postgres', 'postmaster.pid'),
      `${process.pid}\n${path.join(folder, 'postgres')}\n`,
    );
    assert.deepEqual(await query((await start()).url('hermes'), 'select id from kept'), [{ id: 1 }]);
  });

  it('says in one message why it cannot start, and where to read on', async () => {
    const other = createSupervisor({ logFolder: path.join(folder, 'other') });
    const port = Number(new URL(running.url('hermes')).port);
    await assert.rejects(
      startPostgres({
        supervisor: other,
        dataFolder: path.join(folder, 'second'),
        projectRoot,
        port,
        durable: false,
        database: 'hermes',
      }),
      /PostgreSQL did not start \(exit code 1\), see .*postgres\.log:/,
    );
    await other.stop();
  });

  it('finds a place that its user can reach when root keeps the project to itself', async function () {
    if (process.getuid?.() !== 0) return this.skip();
    chmodSync(folder, 0o700);
    const fallback = createSupervisor({ logFolder: path.join(folder, 'fallback') });
    const root = path.join(folder, 'project');
    try {
      const postgres = await startPostgres({
        supervisor: fallback,
        dataFolder: path.join(root, '.hermes', 'postgres'),
        projectRoot: root,
        port: await freePort(),
        durable: false,
        database: 'hermes',
      });
      assert.ok(postgres.dataFolder.startsWith(tmpdir()));
      assert.equal(spawnSync('test', ['-e', path.join(root, '.hermes', 'postgres')]).status, 1);
      assert.deepEqual(await query(postgres.url('hermes'), 'select 1 as one'), [{ one: 1 }]);
      await fallback.stop();
      rmSync(path.dirname(postgres.dataFolder), { recursive: true });
    } finally {
      await fallback.stop();
      chmodSync(folder, 0o755);
    }
  });
});
