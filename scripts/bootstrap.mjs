/**
 * What has to be true before any TypeScript of the project can run: a usable Node, and the packages of package-lock.json.
 *
 * Plain JavaScript without a dependency, because it runs before there are any. When nothing is to be done it costs a few
 * milliseconds, so that every `npm start` and `npm test` can afford it.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const projectRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** package.json's `engines`: ^20.19.0 || >=22.12.0. */
const isUsableNode = (version) => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
};

/**
 * Installed by hand, the packages carry no stamp of ours; npm's own record in node_modules says what is there.
 * A package that is missing is fine when the lock file marks it as optional (another platform's binary).
 */
const installedAsLocked = (root, lockText) => {
  try {
    const installed = JSON.parse(
      readFileSync(path.join(root, 'node_modules', '.package-lock.json'), 'utf8'),
    ).packages;
    const locked = JSON.parse(lockText).packages;
    return Object.entries(locked).every(([place, wanted]) => {
      if (place === '') return true;
      const present = installed[place];
      return present === undefined ? wanted.optional === true : present.version === wanted.version;
    });
  } catch {
    return false;
  }
};

const run = (command, args, options) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options });
    const forward = (signal) => child.kill(signal);
    process.on('SIGINT', forward).on('SIGTERM', forward);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
      resolve(code ?? (signal === null ? 1 : 130));
    });
  });

/**
 * Checks Node and installs the packages when they are missing or the lock file changed since they were installed.
 *
 * @param {{ root?: string, nodeVersion?: string, say?: (line: string) => void }} [options]
 * @returns {Promise<number>} 0, or the exit code to leave with; the reason has been said
 */
export const bootstrap = async (options = {}) => {
  const {
    root = projectRoot,
    nodeVersion = process.versions.node,
    say = (line) => process.stderr.write(`${line}\n`),
  } = options;
  if (!isUsableNode(nodeVersion)) {
    say(
      `Hermes needs Node 20.19 or later, or 22.12 or later (24 is recommended); this is Node ${nodeVersion}.`,
    );
    return 1;
  }

  const lockText = readFileSync(path.join(root, 'package-lock.json'), 'utf8');
  // The platform is part of the stamp: a folder shared with another machine holds that machine's binaries.
  const stamp = `${createHash('sha256').update(lockText).digest('hex')} ${process.platform}-${process.arch}`;
  const stampFile = path.join(root, 'node_modules', '.hermes-installed');
  const present = existsSync(path.join(root, 'node_modules'));
  if (present && existsSync(stampFile)) {
    if (readFileSync(stampFile, 'utf8') === stamp) return 0;
  } else if (present && installedAsLocked(root, lockText)) {
    writeFileSync(stampFile, stamp);
    return 0;
  }

  const reason = present ? 'package-lock.json changed' : 'first run';
  say(`Installing the packages of package-lock.json with npm ci (${reason}) ...`);
  const started = Date.now();
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const npm = process.env.npm_execpath;
  let code;
  try {
    code =
      npm !== undefined && /\.[cm]?js$/.test(npm)
        ? await run(process.execPath, [npm, ...args], { cwd: root })
        : await run('npm', args, { cwd: root, shell: process.platform === 'win32' });
  } catch (error) {
    say(`npm could not be started: ${error.message}`);
    return 1;
  }
  if (code !== 0) {
    say(`npm ci failed with exit code ${code}; its messages are above.`);
    return code;
  }
  writeFileSync(stampFile, stamp);
  say(`Packages installed in ${((Date.now() - started) / 1000).toFixed(0)} s.`);
  return 0;
};

if (process.argv[1] !== undefined && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  process.exitCode = await bootstrap();
}
