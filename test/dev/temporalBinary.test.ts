import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cachedBinary, findTemporal } from '../../dev/temporalBinary.ts';

describe('where the Temporal program comes from', () => {
  let root: string;
  const said: string[] = [];
  const say = (line: string): void => {
    said.push(line);
  };

  /** A program that answers to --version. */
  const program = (file: string, version: string): string => {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\necho "temporal version ${version} (Server 1.31.2, UI 2.50.1)"\n`);
    chmodSync(file, 0o755);
    return file;
  };
  const find = (env: Record<string, string>) =>
    findTemporal({ projectRoot: root, env: { PATH: path.join(root, 'path'), ...env }, say });

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'hermes-binary-'));
    said.length = 0;
  });

  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it('is what TEMPORAL_CLI_PATH names, then what is on the PATH, then what was kept', () => {
    assert.equal(find({}), undefined);
    const cached = program(cachedBinary(root), '1.8.2');
    assert.deepEqual(find({}), { file: cached, source: 'cache' });
    const onPath = program(path.join(root, 'path', 'temporal'), '1.9.0');
    assert.deepEqual(find({}), { file: onPath, source: 'PATH' });
    const named = program(path.join(root, 'mine'), '1.8.0');
    assert.deepEqual(find({ TEMPORAL_CLI_PATH: named }), { file: named, source: 'TEMPORAL_CLI_PATH' });
    assert.deepEqual(said, []);
  });

  it('is not one that is too old, and that is said', () => {
    const onPath = program(path.join(root, 'path', 'temporal'), '1.5.1');
    assert.equal(find({}), undefined);
    assert.deepEqual(said, [`${onPath} has version 1.5.1; Hermes needs 1.7 or later and uses its own copy.`]);
  });

  it("is somebody's own build without asking for its version", () => {
    const onPath = program(path.join(root, 'path', 'temporal'), '0.0.0-DEV');
    assert.deepEqual(find({}), { file: onPath, source: 'PATH' });
  });

  it('is never a TEMPORAL_CLI_PATH that does not run', () => {
    const file = path.join(root, 'absent');
    assert.throws(() => find({ TEMPORAL_CLI_PATH: file }), {
      message: `TEMPORAL_CLI_PATH names ${file}, which is no program that answers to --version.`,
    });
  });
});
