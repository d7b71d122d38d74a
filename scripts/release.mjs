/**
 * `npm run release -- VERSION [--dry-run]`: checks everything, moves the changelog's "Unreleased" under the version, names the version
 * where the image's tag stands, and makes the commit and the tag. Nothing leaves this machine: pushing is said, not done. A dry run leaves out the tests and writes nothing.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const form = /^(\d+)\.(\d+)\.(\d+)$/;
const unreleased = '## Unreleased\n';

const numbersOf = (version) => form.exec(version)?.slice(1).map(Number);

const isNewer = (version, than) => {
  const [left, right] = [numbersOf(version), numbersOf(than)];
  const index = left.findIndex((number, place) => number !== right[place]);
  return index !== -1 && left[index] > right[index];
};

/**
 * The changelog with what was unreleased under the version.
 *
 * @returns null when there is nothing to release
 */
export const changelogOf = (text, version, day) => {
  const start = text.indexOf(unreleased);
  if (start === -1) return null;
  const rest = text.slice(start + unreleased.length);
  const end = rest.search(/^## /m);
  const entries = (end === -1 ? rest : rest.slice(0, end)).trim();
  if (entries === '') return null;
  const older = end === -1 ? '' : `\n${rest.slice(end)}`;
  return `${text.slice(0, start)}${unreleased}\n## ${version} (${day})\n\n${entries}\n${older}`;
};

/** The compose file, which runs this version unless told otherwise, and beside it during an upgrade the one before. */
export const composeOf = (text, version, current) => {
  const previous = version === current ? null : current;
  const moved = text.replaceAll(/\$\{HERMES_VERSION:-[^}]*\}/g, `\${HERMES_VERSION:-${version}}`);
  if (previous === null) return moved;
  return moved.replaceAll(
    /\$\{HERMES_PREVIOUS_VERSION:-[^}]*\}/g,
    `\${HERMES_PREVIOUS_VERSION:-${previous}}`,
  );
};

/** What keeps the version from being released, in sentences. */
export const obstacles = ({ version, current, branch, changes, tags, changelog }) => {
  if (numbersOf(version ?? '') === undefined) return ['Say which version, such as: npm run release -- 0.2.0'];
  return [
    // The first release carries the number that the project began with.
    ...(version === current && tags.length === 0
      ? []
      : isNewer(version, current)
        ? []
        : [`${version} is not newer than ${current}.`]),
    ...(tags.includes(`v${version}`) ? [`The tag v${version} exists.`] : []),
    ...(branch === 'main' ? [] : [`The branch is ${branch}, not main.`]),
    ...(changes === '' ? [] : ['There are changes that are not committed.']),
    ...(changelog === null ? ['CHANGELOG.md has nothing under "Unreleased".'] : []),
  ];
};

const git = (...words) => spawnSync('git', words, { cwd: root, encoding: 'utf8' }).stdout.trim();

const must = (command, ...words) => {
  console.log(`> ${command} ${words.join(' ')}`);
  const { status } = spawnSync(command, words, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    console.error('Not released.');
    process.exit(1);
  }
};

const release = () => {
  const words = process.argv.slice(2);
  const dryRun = words.includes('--dry-run');
  const version = words.find((word) => !word.startsWith('--'));
  const { version: current } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
  const day = new Date().toISOString().slice(0, 10);
  const changelog = changelogOf(readFileSync(`${root}CHANGELOG.md`, 'utf8'), version, day);
  const found = obstacles({
    version,
    current,
    branch: git('branch', '--show-current'),
    changes: git('status', '--porcelain'),
    tags: git('tag', '--list', 'v*')
      .split('\n')
      .filter((tag) => tag !== ''),
    changelog,
  });
  if (found.length > 0) {
    for (const sentence of found) console.error(sentence);
    process.exit(1);
  }
  must('npm', 'run', '--silent', 'licences', '--', '--check');
  must('npm', 'run', '--silent', 'check');
  if (dryRun) {
    console.log(
      `${current} would become ${version}: the tests run, then a commit and the tag v${version} are made.`,
    );
    return;
  }
  must('npm', 'test');
  must('npm', 'version', '--no-git-tag-version', '--allow-same-version', version);
  writeFileSync(`${root}CHANGELOG.md`, changelog);
  const compose = `${root}docker-compose.yml`;
  writeFileSync(compose, composeOf(readFileSync(compose, 'utf8'), version, current));
  must(
    'git',
    'commit',
    '--quiet',
    '--message',
    `Release ${version}`,
    '--',
    'CHANGELOG.md',
    'docker-compose.yml',
    'package.json',
    'package-lock.json',
  );
  must('git', 'tag', '--annotate', '--message', `Hermes ${version}`, `v${version}`);
  console.log(
    `Released here. To publish: git push origin main v${version}, and build the image (docs/deploying.md).`,
  );
};

if (process.argv[1] === fileURLToPath(import.meta.url)) release();
