import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EnvironmentError, readEnvironment } from '../../environment/environment.ts';
import { readSecretFiles } from '../../environment/secretFiles.ts';

describe('secrets in files', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hermes-secrets-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const secret = (name: string, text: string): string => {
    const file = path.join(folder, name);
    writeFileSync(file, text);
    return file;
  };

  it('stand for the setting, without the line break at the end', () => {
    const values = readSecretFiles({
      TC2_API_KEY_FILE: secret('tc2', 'a key \n'),
      G_PRIVATE_KEY_FILE: secret('google', 'line 1\nline 2\n'),
      TEMPORAL_API_KEY_FILE: secret('temporal', 'token'),
      PD_API_KEY_FILE: '  ',
      TEMPORAL_CONFIG_FILE: '/nowhere/temporal.toml',
    });
    assert.deepEqual(values, {
      TC2_API_KEY: 'a key ',
      G_PRIVATE_KEY: 'line 1\nline 2',
      TEMPORAL_API_KEY: 'token',
    });
  });

  it('lists what cannot be read and what is set twice, without values', () => {
    assert.throws(
      () =>
        readSecretFiles({
          SIGNING_KEY_FILE: path.join(folder, 'absent'),
          PD_API_KEY: 'plain',
          PD_API_KEY_FILE: secret('pd', 'other'),
        }),
      (error: unknown) => {
        assert.ok(error instanceof EnvironmentError);
        assert.match(error.message, /SIGNING_KEY_FILE names .*absent, which cannot be read \(ENOENT\)/);
        assert.match(error.message, /PD_API_KEY and PD_API_KEY_FILE are both set/);
        assert.doesNotMatch(error.message, /plain|other/);
        return true;
      },
    );
  });

  it('DATABASE_PASSWORD goes into an address that names none', () => {
    const url = (address: string): string =>
      readEnvironment({ DATABASE_URL: address, DATABASE_PASSWORD: 'p@ss/50%' }).DATABASE_URL;
    assert.equal(
      url('postgresql://hermes@postgres:5432/hermes?sslmode=disable'),
      'postgresql://hermes:p%40ss%2F50%25@postgres:5432/hermes?sslmode=disable',
    );
    const { DATABASE_LISTEN_URL: listen } = readEnvironment({
      DATABASE_URL: 'postgresql://hermes@pooler:6432/hermes',
      DATABASE_LISTEN_URL: 'postgresql://hermes@postgres:5432/hermes',
      DATABASE_PASSWORD: 'secret',
    });
    assert.equal(listen, 'postgresql://hermes:secret@postgres:5432/hermes');
    assert.equal(url('postgresql://hermes:own@postgres/hermes'), 'postgresql://hermes:own@postgres/hermes');
  });
});
