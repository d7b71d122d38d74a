import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readStackSettings, SettingsError, stackEnvironment, wantedPorts } from '../../dev/settings.ts';
import { readEnvironment } from '../../environment/environment.ts';

const parts = {
  databaseUrl: 'postgresql://hermes:secret@127.0.0.1:8432/hermes',
  serviceAccount: {
    clientEmail: 'hermes@hermes-sandbox.example',
    clientId: '1',
    projectId: 'hermes-sandbox',
    privateKeyId: '2',
    privateKey: '-----BEGIN PRIVATE KEY-----\n...',
  },
};

describe('settings of npm start', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'hermes-settings-'));
  });

  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it('needs nothing, and gives Hermes an environment it accepts', () => {
    const settings = readStackSettings(root, {});
    const environment = readEnvironment(stackEnvironment(settings, parts));
    assert.equal(environment.PORT, 8000);
    assert.equal(environment.PD_BASE_URL, 'http://127.0.0.1:8101');
    assert.equal(environment.TC2_BASE_URL, 'http://127.0.0.1:8102');
    assert.equal(environment.TEMPORAL_UI_URL, 'http://localhost:8233');
    assert.equal(settings.stateFolder, path.join(root, '.hermes'));
  });

  it('lets .env and, above it, the environment win', () => {
    writeFileSync(path.join(root, '.env'), 'PORT=9000\nPD_API_KEY=mine\nTC2_API_KEY=\n');
    const settings = readStackSettings(root, { PORT: '9001' });
    const environment = stackEnvironment(settings, parts);
    assert.equal(environment['PORT'], '9001');
    assert.equal(environment['BASE_URL'], 'http://localhost:9001');
    assert.equal(environment['PD_API_KEY'], 'mine');
    assert.equal(environment['TC2_API_KEY'], 'tc2-sandbox-key');
  });

  it('neither starts nor wants ports for servers that are there already', () => {
    const settings = readStackSettings(root, {
      DATABASE_URL: 'postgresql://db.example/hermes',
      TEMPORAL_ADDRESS: 'temporal.example:7233',
    });
    assert.deepEqual(
      wantedPorts(settings).map(({ setting }) => setting),
      ['PORT', 'SANDBOX_PIPEDRIVE_PORT', 'SANDBOX_TC2_PORT', 'SANDBOX_GOOGLE_PORT'],
    );
  });

  it('refuses what is no port by the name of the setting', () => {
    assert.throws(() => readStackSettings(root, { TEMPORAL_UI_PORT: 'eighty' }), {
      name: SettingsError.name,
      message: 'TEMPORAL_UI_PORT must be a port between 1 and 65535.',
    });
  });
});
