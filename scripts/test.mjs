/**
 * `npm test [-- mocha arguments]`: installs what is missing, runs mocha, and ends with the line `N passed, N failed`
 * (`, N skipped`) whatever happened: a crash, a hang or a signal included. Nothing the tests started outlives the run.
 *
 * The whole suite runs in four jobs (two where there is one core), each with servers of its own: much of its time is waiting.
 * HERMES_TEST_JOBS=1 runs it in one.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { bootstrap, projectRoot } from './bootstrap.mjs';

/** A single test is ended by mocha after its timeout; only code that blocks the event loop gets past that. */
const stuckAfterMs = 5 * 60_000;
/** Between the last test and mocha's exit lies only the stop of PostgreSQL and Temporal. */
const teardownMs = 60_000;

const code = await bootstrap();
if (code !== 0) process.exit(code);

/** Mocha takes one reporter and it has to be ours; a chosen one (`-R dot`) is what ours builds upon. */
const takeReporter = (args) => {
  const rest = [];
  let reporter = 'spec';
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index];
    if (arg === '-R' || arg === '--reporter') reporter = args[(index += 1)] ?? reporter;
    else if (arg.startsWith('--reporter=')) reporter = arg.slice('--reporter='.length);
    else rest.push(arg);
  }
  return { reporter, rest };
};

/** Mocha would add a `spec` of its configuration to the files named by hand, so the default is decided here. */
const namesFiles = (args) =>
  args.some(
    (arg, index) =>
      !arg.startsWith('-') &&
      !['-g', '--grep', '-f', '--fgrep'].includes(args[index - 1]) &&
      (arg.includes('*') || existsSync(arg)),
  );

const folder = mkdtempSync(path.join(tmpdir(), 'hermes-test-run-'));
const tallyFile = path.join(folder, 'tally.json');
const { reporter, rest } = takeReporter(process.argv.slice(2));

const wholeSuite = !namesFiles(rest);
const jobs = wholeSuite ? Number(process.env.HERMES_TEST_JOBS ?? Math.min(4, 2 * availableParallelism())) : 1;

const mocha = spawn(
  process.execPath,
  [
    path.join(projectRoot, 'node_modules/mocha/bin/mocha.js'),
    '--reporter',
    path.join(projectRoot, 'scripts/tallyReporter.cjs'),
    ...rest,
    ...(wholeSuite ? ['test/**/*.test.ts'] : []),
    ...(jobs > 1 ? ['--parallel', '--jobs', String(jobs)] : []),
  ],
  {
    cwd: projectRoot,
    // A group of its own: whatever the tests left running can be ended with it.
    detached: true,
    // The channel closes when this process dies, and the test process ends itself then (test/support/boot.ts).
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: {
      ...process.env,
      HERMES_TEST_BOOT: process.env.HERMES_TEST_BOOT ?? '1',
      HERMES_TEST_TALLY: tallyFile,
      HERMES_TEST_REPORTER: reporter,
      HERMES_TEST_JOBS: String(jobs),
    },
  },
);

const killGroup = (signal) => {
  if (mocha.pid === undefined) return;
  try {
    process.kill(-mocha.pid, signal);
  } catch {
    // Nothing of the group is left.
  }
};

const readTally = () => {
  try {
    return JSON.parse(readFileSync(tallyFile, 'utf8'));
  } catch {
    return { passed: 0, failed: 0, skipped: 0, current: '', finished: false };
  }
};

let ended = '';
let signalledAt = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (ended === '') {
      ended = `stopped by ${signal}`;
      signalledAt = Date.now();
      mocha.kill('SIGINT'); // mocha finishes the current test and tears down
    } else if (Date.now() - signalledAt > 1000) {
      // Not the same Ctrl-C delivered by the terminal and by npm, but a second one: a person in a hurry.
      killGroup('SIGKILL');
    }
  });
}

const parent = process.ppid;
const watch = setInterval(() => {
  if (process.env.npm_lifecycle_event !== undefined && process.ppid !== parent) {
    ended ||= 'npm has gone';
    killGroup('SIGKILL');
  }
  let idleMs;
  try {
    idleMs = Date.now() - statSync(tallyFile).mtimeMs;
  } catch {
    return; // Not a single test has begun: the boot has its own limits.
  }
  const { finished, current } = readTally();
  if (idleMs > (finished ? teardownMs : stuckAfterMs)) {
    ended ||= finished ? 'the test process did not end' : `stuck in "${current}"`;
    killGroup('SIGKILL');
  }
}, 1000);
watch.unref();

const exit = await new Promise((resolve) => {
  mocha.once('error', (error) => resolve({ code: 1, signal: null, error }));
  mocha.once('exit', (exitCode, signal) => resolve({ code: exitCode, signal }));
});
clearInterval(watch);
killGroup('SIGKILL');

const tally = readTally();
rmSync(folder, { recursive: true, force: true });
const complete = tally.finished && ended === '' && exit.signal === null;
if (!complete) {
  const how = ended || (exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`);
  const where = tally.current === '' ? 'before the first test' : `after "${tally.current}"`;
  process.stderr.write(`The test run ended early (${how}), ${where}.\n`);
}
const failed = complete || tally.failed > 0 ? tally.failed : 1;
const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : '';
process.stdout.write(`${tally.passed} passed, ${failed} failed${skipped}\n`);
process.exitCode = failed > 0 || exit.code !== 0 ? exit.code || 1 : 0;
