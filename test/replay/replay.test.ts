/**
 * Replays recorded histories of every workflow type, without a server: a change of workflow code that would break runs under way fails
 * here before it ships. Record anew with `node --import tsx test/replay/record.ts` when a new type or shape appears; a recorded history
 * is replaced only when no such run can be open any more.
 */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { DeterminismViolationError } from '@temporalio/workflow';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import * as workflows from '../../workflows/index.ts';
import { installRuntime, testBundle } from '../support/hermes.ts';

const folder = fileURLToPath(new URL('histories/', import.meta.url));

const read = async (file: string): Promise<unknown> => JSON.parse(await readFile(`${folder}${file}`, 'utf8'));

describe('recorded histories', () => {
  let files: string[];
  before(async () => {
    installRuntime();
    files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort();
  });

  it('there is one of every workflow type', () => {
    const recorded = new Set(files.map((file) => file.split('-')[0]));
    const types = Object.keys(workflows).filter((name) => /^[A-Z]/.test(name));
    assert.deepEqual(
      types.filter((type) => !recorded.has(type)),
      [],
    );
  });

  it('replay with the workflows as they are', async function () {
    this.timeout(60_000);
    const workflowBundle = await testBundle();
    // One worker for all of them: a worker for each would load the bundle each time.
    const histories = async function* () {
      for (const file of files) yield { workflowId: file, history: await read(file) };
    };
    const broken: string[] = [];
    let replayed = 0;
    for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle }, histories())) {
      replayed += 1;
      if (error !== undefined) broken.push(`${workflowId}: ${error.message}`);
    }
    assert.deepEqual(broken, []);
    assert.equal(replayed, files.length);
  });

  it('do not replay with a workflow that does something else', async function () {
    this.timeout(60_000);
    const workflowBundle = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('incompatible.ts', import.meta.url)),
      logger: new DefaultLogger('ERROR'),
    });
    const file = files.find((name) => name.startsWith('CompanySync-'));
    assert.ok(file !== undefined);
    await assert.rejects(
      Worker.runReplayHistory({ workflowBundle }, await read(file)),
      DeterminismViolationError,
    );
  });

  it('hold nothing of people and nothing of the machine they were recorded on', async () => {
    for (const file of files) {
      const text = await readFile(`${folder}${file}`, 'utf8');
      const decoded = text.replaceAll(/"data": ?"([^"]+)"/g, (_, data: string) =>
        Buffer.from(data, 'base64').toString(),
      );
      assert.doesNotMatch(
        decoded,
        /@[\w-]+\.example|harbour|junes|file:\/\/|\/home\/|\/root\/|\/work\//i,
        file,
      );
    }
  });
});
