import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface ReleaseModule {
  composeOf: (text: string, version: string, current: string) => string;
  changelogOf: (text: string, version: string, day: string) => string | null;
  obstacles: (state: Record<string, unknown>) => string[];
}
interface LicenceModule {
  licencePage: (lock: unknown) => string;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(`${root}${file}`, 'utf8');
const load = async <T>(name: string): Promise<T> => (await import(`../../scripts/${name}.mjs`)) as T;

describe('a release', () => {
  it('moves what is unreleased under its version, and needs something to release', async () => {
    const { changelogOf } = await load<ReleaseModule>('release');
    const before = '# Changelog\n\n## Unreleased\n\n- New.\n\n## 0.1.0 (2026-01-01)\n\n- Old.\n';
    const after = changelogOf(before, '0.2.0', '2026-12-01');
    assert.equal(
      after,
      '# Changelog\n\n## Unreleased\n\n## 0.2.0 (2026-12-01)\n\n- New.\n\n## 0.1.0 (2026-01-01)\n\n- Old.\n',
    );
    assert.equal(changelogOf(after ?? '', '0.3.0', '2026-12-02'), null);
    assert.equal(changelogOf('# Changelog\n', '0.3.0', '2026-12-02'), null);
    assert.ok(changelogOf(read('CHANGELOG.md'), '99.0.0', '2026-12-02')?.startsWith('# Changelog'));
  });

  it('names itself in the compose file, and the release before for the time of an upgrade', async () => {
    const { composeOf } = await load<ReleaseModule>('release');
    const named = (text: string): string[] =>
      [...new Set(text.match(/\$\{HERMES_\w*VERSION:-[^}]*\}/g) ?? [])].toSorted();
    const compose = read('docker-compose.yml');
    const { version } = JSON.parse(read('package.json')) as { version: string };
    assert.ok(
      named(compose).includes(`\${HERMES_VERSION:-${version}}`),
      'the compose file runs this version',
    );
    assert.equal(composeOf(compose, version, version), compose);
    assert.deepEqual(named(composeOf(compose, '99.1.0', version)), [
      `\${HERMES_PREVIOUS_VERSION:-${version}}`,
      '${HERMES_VERSION:-99.1.0}',
    ]);
  });

  it('is kept from happening on another branch, over changes, without a newer version, twice', async () => {
    const { obstacles } = await load<ReleaseModule>('release');
    const good = {
      version: '0.2.0',
      current: '0.1.0',
      branch: 'main',
      changes: '',
      tags: ['v0.1.0'],
      changelog: '',
    };
    assert.deepEqual(obstacles(good), []);
    assert.deepEqual(obstacles({ ...good, version: '0.1.0', tags: [] }), []);
    assert.match(obstacles({ ...good, version: undefined }).join(), /which version/);
    assert.match(obstacles({ ...good, version: '0.2' }).join(), /which version/);
    assert.match(obstacles({ ...good, version: '0.0.9' }).join(), /not newer/);
    assert.equal(obstacles({ ...good, version: '0.1.0' }).length, 2);
    assert.match(obstacles({ ...good, branch: 'trial' }).join(), /trial/);
    assert.match(obstacles({ ...good, changes: ' M README.md' }).join(), /not committed/);
    assert.match(obstacles({ ...good, changelog: null }).join(), /nothing under/);
  });

  it('lists the licences of the packages that are locked', async () => {
    const { licencePage } = await load<LicenceModule>('licences');
    assert.equal(
      read('docs/licences.md'),
      licencePage(JSON.parse(read('package-lock.json'))),
      'npm run licences',
    );
    assert.doesNotMatch(read('docs/licences.md'), /^## unknown/m);
  });
});
