import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { constants, getPriority, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { forgetState } from '../../dev/forget.ts';
import { stillRuns } from '../../dev/leftovers.ts';
import { freePort } from '../../dev/ports.ts';
import { readStackSettings } from '../../dev/settings.ts';
import { readStackFile, type StackFile } from '../../dev/stackFile.ts';
import { answers, until } from '../../dev/until.ts';
import { query } from '../support/query.ts';

const script = fileURLToPath(new URL('../../scripts/start.mjs', import.meta.url));
const startMs = 90_000;

type RunningFile = StackFile & {
  addresses: NonNullable<StackFile['addresses']>;
  environment: NonNullable<StackFile['environment']>;
};

describe('npm start', function () {
  this.timeout(2 * startMs);
  let stateFolder: string;
  let environment: Record<string, string>;
  let run: ReturnType<typeof spawn> | undefined;
  let output = '';

  const begin = (args: string[] = [], env: Record<string, string> = {}) => {
    output = '';
    const child = spawn(process.execPath, [script, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment, ...env },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    return child;
  };
  const exitCode = async (child: ReturnType<typeof spawn>): Promise<number | null> => {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  };
  /** Starts the stack and waits until everything is up. */
  const up = async (): Promise<RunningFile> => {
    const child = begin();
    run = child;
    let ended: number | null | undefined;
    child.once('exit', (code) => (ended = code ?? -1));
    let file: StackFile | undefined;
    await until(
      () => {
        file = readStackFile(stateFolder);
        return Promise.resolve(file?.addresses !== undefined || ended !== undefined);
      },
      'the stack does not come up',
      startMs,
    );
    assert.equal(ended, undefined, output);
    assert.ok(file?.addresses !== undefined && file.environment !== undefined);
    return { ...file, addresses: file.addresses, environment: file.environment };
  };
  const allGone = (stack: StackFile): Promise<void> =>
    until(() => Promise.resolve(!stack.children.some(stillRuns)), 'processes stay');

  before(async () => {
    stateFolder = mkdtempSync(path.join(tmpdir(), 'hermes-start-'));
    chmodSync(stateFolder, 0o755);
    environment = { HERMES_STATE_DIR: stateFolder };
    for (const name of ['PORT', 'POSTGRES_PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT']) {
      environment[name] = String(await freePort());
    }
    for (const name of ['PIPEDRIVE', 'TC2', 'GOOGLE']) {
      environment[`SANDBOX_${name}_PORT`] = String(await freePort());
    }
  });

  after(async () => {
    if (run !== undefined && run.exitCode === null && run.signalCode === null) {
      run.kill('SIGTERM');
      await once(run, 'exit');
    }
    rmSync(stateFolder, { recursive: true, force: true, maxRetries: 5 });
  });

  it('brings everything up, says where it is, and stops all of it on SIGTERM', async () => {
    const stack = await up();
    assert.ok(await answers(`${stack.addresses.api}/readyz`, [200]));
    assert.ok(await answers(stack.addresses.temporalUi ?? '', [200]));
    for (const peer of ['pipedrive', 'tc2', 'google'] as const)
      assert.ok(await answers(stack.addresses[peer]));
    assert.match(output, /npm run hermes -- demo/);
    for (const address of Object.values(stack.addresses)) assert.ok(output.includes(address ?? ''));
    await query(stack.environment['DATABASE_URL'] ?? '', 'create table kept_by_the_test ()');

    const second = begin();
    assert.equal(await exitCode(second), 1);
    assert.match(output, /Hermes is running here already \(process \d+\): stop it first\./);

    const elsewhere = begin([], { HERMES_STATE_DIR: path.join(stateFolder, 'elsewhere') });
    assert.equal(await exitCode(elsewhere), 1);
    assert.match(
      output,
      new RegExp(
        `Port ${environment['PORT']} \\(Hermes's API\\) is already in use: .* set PORT to another port\\.`,
      ),
    );
    assert.equal(existsSync(path.join(stateFolder, 'elsewhere')), false, 'something was started');

    assert.ok(run);
    run.kill('SIGTERM');
    run.kill('SIGTERM'); // as npm and the terminal deliver it
    assert.equal(await exitCode(run), 0);
    await allGone(stack);
    assert.equal(readStackFile(stateFolder), undefined);
  });

  it('finds its state again; a child that crashes stops everything with one sentence', async () => {
    const stack = await up();
    await query(stack.environment['DATABASE_URL'] ?? '', 'select * from kept_by_the_test');
    const worker = stack.children.find(({ command }) => command.includes('worker/main.ts'));
    assert.ok(worker !== undefined && run !== undefined);
    assert.ok(getPriority(worker.pid) >= constants.priority.PRIORITY_BELOW_NORMAL, 'the API goes first');
    process.kill(worker.pid, 'SIGKILL');
    assert.equal(await exitCode(run), 1);
    assert.match(output, /The process "worker" ended unexpectedly \(signal SIGKILL\), see .*worker\.log\./);
    await allGone(stack);
  });

  it('begins anew with --fresh, but keeps the Temporal program', () => {
    const program = path.join(stateFolder, 'bin', 'temporal');
    mkdirSync(path.dirname(program));
    writeFileSync(program, '');
    // A project of its own: the real one's state is not ours to delete.
    forgetState(readStackSettings(stateFolder, { HERMES_STATE_DIR: stateFolder }));
    assert.deepEqual(readdirSync(stateFolder), ['bin']);
    assert.ok(existsSync(program));
  });

  it('refuses what it does not know', async () => {
    const child = begin(['--frehs']);
    assert.equal(await exitCode(child), 2);
    assert.match(output, /npm start does not know "--frehs"/);
  });
});
