import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const script = new URL('../../scripts/bootstrap.mjs', import.meta.url).href;

/** Runs bootstrap on a folder with an npm that only writes down what it was asked, as a user's shell would start it. */
const runBootstrap = (root: string, nodeVersion = process.versions.node) => {
  const npm = path.join(root, 'npm.cjs');
  writeFileSync(
    npm,
    `const { appendFileSync, mkdirSync } = require('node:fs');
     appendFileSync('npm.log', process.argv.slice(2).join(' ') + '\\n');
     mkdirSync('node_modules', { recursive: true });
     process.exit(Number(process.env.NPM_FAILS ?? 0));`,
  );
  const code = `import { bootstrap } from ${JSON.stringify(script)};
    process.exitCode = await bootstrap(${JSON.stringify({ root, nodeVersion })});`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    encoding: 'utf8',
    env: { ...process.env, npm_execpath: npm },
  });
  const log = path.join(root, 'npm.log');
  return { status, stderr, npmRuns: existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [] };
};

describe('bootstrap', () => {
  let root: string;
  const lock = (version: string): void => {
    writeFileSync(
      path.join(root, 'package-lock.json'),
      JSON.stringify({ packages: { '': {}, 'node_modules/koa': { version } } }),
    );
  };

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'hermes-bootstrap-'));
    lock('3.3.0');
  });

  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
    delete process.env['NPM_FAILS'];
  });

  it('installs on the first run, announces it, and not again', () => {
    const first = runBootstrap(root);
    assert.equal(first.status, 0);
    assert.match(first.stderr, /Installing the packages .*first run/);
    assert.deepEqual(first.npmRuns, ['ci --include=dev --no-audit --no-fund']);
    const second = runBootstrap(root);
    assert.equal(second.npmRuns.length, 1);
    assert.equal(second.stderr, '');
  });

  it('installs again when the lock file changed', () => {
    runBootstrap(root);
    lock('3.4.0');
    const second = runBootstrap(root);
    assert.equal(second.npmRuns.length, 2);
    assert.match(second.stderr, /package-lock\.json changed/);
  });

  it('takes packages that were installed by hand when they are those of the lock file', () => {
    mkdirSync(path.join(root, 'node_modules'));
    writeFileSync(
      path.join(root, 'node_modules', '.package-lock.json'),
      JSON.stringify({ packages: { 'node_modules/koa': { version: '3.3.0' } } }),
    );
    assert.deepEqual(runBootstrap(root).npmRuns, []);
  });

  it("passes npm's failure on and tries again next time", () => {
    process.env['NPM_FAILS'] = '7';
    const failed = runBootstrap(root);
    assert.equal(failed.status, 7);
    assert.match(failed.stderr, /npm ci failed with exit code 7/);
    delete process.env['NPM_FAILS'];
    assert.equal(runBootstrap(root).npmRuns.length, 2);
  });

  it('says in one sentence which Node is needed', () => {
    for (const version of ['18.20.0', '20.18.3', '21.7.0', '22.11.0']) {
      const { status, stderr, npmRuns } = runBootstrap(root, version);
      assert.equal(status, 1);
      assert.equal(
        stderr,
        `Hermes needs Node 20.19 or later, or 22.12 or later (24 is recommended); this is Node ${version}.\n`,
      );
      assert.deepEqual(npmRuns, []);
    }
    assert.equal(runBootstrap(root, '24.0.0').status, 0);
  });
});
