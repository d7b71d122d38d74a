import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { commandOf } from '../../dev/leftovers.ts';
import { createSupervisor, type ChildSpec, type Supervisor } from '../../dev/supervisor.ts';
import { until } from '../../dev/until.ts';

/** Stays until told otherwise, and says so in its log first. */
const staying = (name: string, onSignal = 'process.exit(0)'): ChildSpec => ({
  name,
  command: process.execPath,
  args: [
    '-e',
    `process.on('SIGTERM', () => { console.log('asked'); ${onSignal} }); setInterval(() => {}, 1000); console.log('up');`,
  ],
});

describe('supervisor', () => {
  let folder: string;
  let supervisor: Supervisor;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hermes-supervisor-'));
    supervisor = createSupervisor({ logFolder: folder });
  });

  afterEach(async () => {
    await supervisor.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const log = (name: string): string => {
    const file = path.join(folder, `${name}.log`);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  const isUp = (name: string): Promise<void> =>
    until(() => Promise.resolve(log(name).includes('up')), `${name} does not come up`);

  it('writes what a child says to its own log and keeps the log before', async () => {
    writeFileSync(path.join(folder, 'one.log'), 'yesterday');
    supervisor.start(staying('one'));
    await isUp('one');
    assert.equal(readFileSync(path.join(folder, 'one.previous.log'), 'utf8'), 'yesterday');
  });

  it('stops its children youngest first', async () => {
    const ended: string[] = [];
    for (const name of ['one', 'two', 'three']) {
      const child = supervisor.start(staying(name));
      void child.exited.then(() => ended.push(name));
      await isUp(name);
    }
    await supervisor.stop();
    assert.deepEqual(ended, ['three', 'two', 'one']);
    assert.match(log('one'), /asked/);
  });

  it('kills a child that does not end in its grace', async () => {
    const child = supervisor.start({ ...staying('stubborn', ''), graceMs: 100 });
    await isUp('stubborn');
    await supervisor.stop();
    assert.equal((await child.exited).signal, 'SIGKILL');
    assert.match(log('stubborn'), /asked/);
  });

  it('tells of a child that ends unasked', async () => {
    supervisor.start(staying('bystander'));
    supervisor.start({ name: 'failing', command: process.execPath, args: ['-e', 'process.exit(3)'] });
    const { child, exit } = await supervisor.crash;
    assert.equal(child.name, 'failing');
    assert.equal(exit.code, 3);
    assert.equal(child.logFile, path.join(folder, 'failing.log'));
  });

  it('tells of a program that cannot be started', async () => {
    supervisor.start({ name: 'absent', command: path.join(folder, 'absent'), args: [] });
    const { exit } = await supervisor.crash;
    assert.match(exit.error ?? '', /ENOENT/);
  });

  it('takes the end of a one-shot step for what it is', async () => {
    const step = supervisor.start({
      name: 'step',
      command: process.execPath,
      args: ['-e', 'process.exit(0)'],
      oneShot: true,
    });
    assert.equal((await step.exited).code, 0);
    const failing = supervisor.start({
      name: 'failing',
      command: process.execPath,
      args: ['-e', 'process.exit(1)'],
    });
    assert.equal((await supervisor.crash).child, failing);
  });

  it('starts nothing once it stops', async () => {
    await supervisor.stop();
    assert.throws(() => supervisor.start(staying('late')), /late is not started/);
  });

  it('leaves nothing behind when it is killed itself', async () => {
    const removed = path.join(folder, 'removed');
    const script = `
      import { mkdirSync } from 'node:fs';
      const { createSupervisor } = await import(${JSON.stringify(new URL('../../dev/supervisor.ts', import.meta.url).href)});
      const supervisor = createSupervisor({ logFolder: ${JSON.stringify(folder)} });
      mkdirSync(${JSON.stringify(removed)});
      supervisor.removeAtEnd(${JSON.stringify(removed)});
      const child = supervisor.start(${JSON.stringify(staying('orphan'))});
      console.log(child.pid);
      setInterval(() => {}, 1000);`;
    const victim = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(victim.stdout, 'data')) as [Buffer];
    const pid = Number(said.toString());
    await isUp('orphan');
    assert.ok(commandOf(pid) !== undefined);
    victim.kill('SIGKILL');
    await until(
      () => Promise.resolve(commandOf(pid) === undefined && !existsSync(removed)),
      'the orphan stays',
    );
    assert.match(log('orphan'), /asked/);
  });
});
