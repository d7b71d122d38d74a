import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandOf } from '../../dev/leftovers.ts';
import { until } from '../../dev/until.ts';

const script = fileURLToPath(new URL('../../scripts/test.mjs', import.meta.url));

describe('npm test', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hermes-test-run-'));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const begin = (source: string, ...args: string[]) => {
    const file = path.join(folder, 'some.test.ts');
    writeFileSync(file, source);
    return spawn(process.execPath, [script, file, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, HERMES_TEST_BOOT: '0', FOLDER: folder },
    });
  };
  const finish = async (run: ReturnType<typeof begin>) => {
    let output = '';
    let errors = '';
    run.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    run.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const [code] = (await once(run, 'close')) as [number | null];
    return { code, errors, lastLine: output.trimEnd().split('\n').at(-1) };
  };

  it('ends with the totals and the right exit code', async () => {
    const passing = await finish(begin(`it('one', () => {}); it('two', () => {});`));
    assert.deepEqual([passing.code, passing.lastLine], [0, '2 passed, 0 failed']);
    const mixed = await finish(
      begin(`it('one', () => {}); it('two', () => { throw new Error('no'); }); it('three');`, '-R', 'dot'),
    );
    assert.deepEqual([mixed.code, mixed.lastLine], [1, '1 passed, 1 failed, 1 skipped']);
  });

  it('passes arguments on', async () => {
    const one = await finish(begin(`it('one', () => {}); it('two', () => {});`, '-g', 'one'));
    assert.deepEqual([one.code, one.lastLine], [0, '1 passed, 0 failed']);
  });

  it('counts a run that dies halfway as failed and says where', async () => {
    const dead = await finish(begin(`it('one', () => {}); it('two', () => process.exit(0));`));
    assert.deepEqual([dead.code, dead.lastLine], [1, '1 passed, 1 failed']);
    assert.match(dead.errors, /ended early \(exit code 0\), after "two"/);
    const killed = await finish(begin(`it('one', () => process.kill(process.pid, 'SIGKILL'));`));
    assert.deepEqual([killed.code, killed.lastLine], [1, '0 passed, 1 failed']);
    const broken = await finish(begin(`it('one', () => {`));
    assert.deepEqual([broken.code, broken.lastLine], [1, '0 passed, 1 failed']);
  });

  it('ends although a test left a server and a process behind, and ends those', async () => {
    const left = await finish(
      begin(`
        import { spawn } from 'node:child_process';
        import { writeFileSync } from 'node:fs';
        import { createServer } from 'node:net';
        it('leaves things', () => {
          createServer().listen(0, '127.0.0.1');
          const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
          writeFileSync(process.env.FOLDER + '/pid', String(child.pid));
        });`),
    );
    assert.deepEqual([left.code, left.lastLine], [0, '1 passed, 0 failed']);
    const pid = Number(readFileSync(path.join(folder, 'pid'), 'utf8'));
    await until(() => Promise.resolve((commandOf(pid) ?? '') === ''), 'the process stays');
  });

  it('stops on a signal, with the totals', async () => {
    const run = begin(`
      import { writeFileSync } from 'node:fs';
      it('one', () => {});
      it('waits', (done) => { writeFileSync(process.env.FOLDER + '/waiting', ''); setTimeout(done, 500); });
      it('never', () => {});`);
    const ended = finish(run);
    await until(() => Promise.resolve(existsSync(path.join(folder, 'waiting'))), 'the test does not begin');
    run.kill('SIGTERM');
    const { code, lastLine, errors } = await ended;
    assert.notEqual(code, 0);
    assert.match(errors, /stopped by SIGTERM/);
    assert.equal(lastLine, '1 passed, 1 failed');
  });
});
