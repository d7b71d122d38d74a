/** What comes in from outside: whose bytes, under which licence, and what it may do while it is installed. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { projectSources } from '../support/sources.ts';

interface Locked {
  version: string;
  integrity?: string;
  resolved?: string;
  link?: boolean;
  license?: string;
  dev?: boolean;
  deprecated?: string;
  hasInstallScript?: boolean;
}
interface Manifest {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  allowScripts: Record<string, boolean>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const json = async <T>(file: string): Promise<T> => JSON.parse(await readFile(`${root}${file}`, 'utf8')) as T;

/** Everybody may use and pass on what they cover. Another licence needs a decision before it gets a line here. */
const licences = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC-BY-4.0',
  'ISC',
  'MIT',
  'PSF-2.0',
  'Unlicense',
  'Zlib',
]);
/** Says its licence in a file only. */
const licencedByFile = new Set(['unionfs']);

const nameOf = (place: string): string =>
  place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);

describe('dependencies', () => {
  let manifest: Manifest;
  let packages: [string, Locked][];
  before(async () => {
    manifest = await json<Manifest>('package.json');
    const lock = await json<{ lockfileVersion: number; packages: Record<string, Locked> }>(
      'package-lock.json',
    );
    assert.equal(lock.lockfileVersion, 3);
    packages = Object.entries(lock.packages).filter(([place]) => place !== '');
    assert.ok(packages.length > 100);
  });

  const offenders = (isWrong: (locked: Locked, name: string) => boolean): string[] =>
    packages.filter(([place, locked]) => isWrong(locked, nameOf(place))).map(([place]) => place);

  it('are the bytes that were looked at: each with a SHA-512, none from an address of its own', () => {
    assert.deepEqual(
      offenders(({ integrity }) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? '')),
      [],
    );
    assert.deepEqual(
      offenders(({ resolved, link }) => resolved !== undefined || link === true),
      [],
    );
    assert.deepEqual(
      offenders(({ version }) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)),
      [],
    );
  });

  it('of our own choice are named by their exact version, and locked at it', () => {
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, name);
      assert.equal(packages.find(([place]) => place === `node_modules/${name}`)?.[1].version, version, name);
    }
  });

  it('have licences that allow their use', () => {
    const isAllowed = (expression: string): boolean =>
      expression
        .replaceAll(/[()]/g, '')
        .split(/ (?:AND|OR) /)
        .every((licence) => licences.has(licence));
    assert.deepEqual(
      offenders(({ license }, name) => !licencedByFile.has(name) && !isAllowed(license ?? 'none')),
      [],
    );
  });

  it('run a script while they are installed only where that was decided', () => {
    assert.deepEqual(
      offenders(
        ({ hasInstallScript }, name) => hasInstallScript === true && !(name in manifest.allowScripts),
      ),
      [],
    );
  });

  it('were not given up by their authors, as far as they run in production', () => {
    assert.deepEqual(
      offenders(({ deprecated, dev }) => deprecated !== undefined && dev !== true),
      [],
    );
  });

  it('are all used: what is not imported is not installed', async () => {
    /** Started or loaded by name, not imported. */
    const byName = new Set(['tsx', 'pino-pretty']);
    const sources = [...(await projectSources()).values()];
    const unused = Object.keys(manifest.dependencies).filter(
      (name) =>
        !byName.has(name) &&
        !sources.some((text) => text.includes(`'${name}'`) || text.includes(`'${name}/`)),
    );
    assert.deepEqual(unused, []);
  });
});
