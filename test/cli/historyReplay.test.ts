import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startHermes, testBundle, type TestHermes } from '../support/hermes.ts';
import { stack } from '../support/stack.ts';
import { runHermes, type Run } from './runHermes.ts';

describe('hermes history replay', () => {
  let hermes: TestHermes;
  let settings: Record<string, string>;
  let folder: string;
  before(async () => {
    hermes = await startHermes();
    folder = await mkdtemp(path.join(tmpdir(), 'hermes-history-'));
    settings = {
      TEMPORAL_ADDRESS: (await stack()).temporalAddress,
      TEMPORAL_NAMESPACE: hermes.namespace,
    };
    hermes.tc2.createClient({});
    hermes.tc2.createClient({
      sales_person: { id: 99, first_name: 'New', last_name: 'Admin', email: 'n@acme.example' },
    });
    await hermes.quiet();
    // A company may have had more than one run: the one that created something.
    for await (const { runId } of hermes.temporal.workflow.list({ query: `WorkflowId = 'company-sync-1'` })) {
      await replay('company-sync-1', '--run-id', runId, '--save', file('sync.json'));
      if ((await readFile(file('sync.json'), 'utf8')).includes('createOrganization')) return;
    }
    assert.fail('no run created an organization');
  });
  after(async () => {
    await hermes.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const replay = (...words: string[]): Promise<Run> => runHermes(['history', 'replay', ...words], settings);
  const file = (name: string): string => path.join(folder, name);

  it('replays the latest run of an id, and keeps its history in a file', async () => {
    const run = await replay('company-sync-1', '--save', file('latest.json'));
    assert.equal(run.stderr, '');
    assert.equal(run.code, 0);
    assert.match(
      run.stdout,
      /^CompanySync, \d+ events; the run completed\.\nWritten to .*\nThe code at hand does the same\.\n$/,
    );
    assert.ok(!/Nell|harbour-tutors/i.test(await readFile(file('latest.json'), 'utf8')));
    const again = await replay(file('latest.json'));
    assert.deepEqual([again.code, again.stderr], [0, '']);
  });

  it('takes the prebuilt bundle where there is one: an image cannot build it', async () => {
    const bundle = await testBundle();
    assert.ok('code' in bundle);
    await writeFile(file('bundle.js'), bundle.code);
    const replayWith = (name: string): Promise<Run> =>
      runHermes(['history', 'replay', 'company-sync-1'], { ...settings, WORKFLOW_BUNDLE: file(name) });
    assert.equal((await replayWith('bundle.js')).code, 0);
    assert.notEqual((await replayWith('no-bundle.js')).code, 0);
  });

  it('replays a failed run, and says how it ended', async () => {
    const failed = (await hermes.db('webhook').where({ outcome: 'failed' }).first('workflow_id')) as {
      workflow_id: string;
    };
    const run = await replay(failed.workflow_id);
    assert.equal(run.stderr, '');
    assert.match(run.stdout, /^TcClientUpdated, \d+ events; the run failed: UnknownSalesPerson: /);
    assert.match(run.stdout, /The code at hand does the same\.\n$/);
  });

  it('replays for a debugger, from the sources', async () => {
    const run = await replay(file('sync.json'), '--debug');
    assert.deepEqual([run.code, run.stderr], [0, '']);
  });

  it('tells code that does something else', async () => {
    const text = await readFile(file('sync.json'), 'utf8');
    await writeFile(file('other.json'), text.replaceAll('createOrganization', 'inventOrganization'));
    const run = await replay(file('other.json'));
    assert.equal(run.code, 1);
    assert.match(
      run.stderr,
      /^The code at hand does something else: runs like this one cannot go on with it\.\n/,
    );
  });

  describe('of a run that is stuck', () => {
    interface RecordedEvent {
      eventType: string;
      workflowExecutionStartedEventAttributes?: { input: { payloads: { data: string }[] } };
    }

    /** The history up to its first workflow task, which failed; `input` replaces the run's argument. */
    const stuckRun = async (name: string, input?: unknown): Promise<string> => {
      const { events } = JSON.parse(await readFile(file('sync.json'), 'utf8')) as { events: RecordedEvent[] };
      const begun = events.slice(
        0,
        events.findIndex(({ eventType }) => eventType === 'EVENT_TYPE_WORKFLOW_TASK_STARTED') + 1,
      );
      // Another signal may stand between the task's two events.
      const scheduled = begun.findLastIndex(
        ({ eventType }) => eventType === 'EVENT_TYPE_WORKFLOW_TASK_SCHEDULED',
      );
      const [argument] = begun[0]?.workflowExecutionStartedEventAttributes?.input.payloads ?? [];
      assert.ok(argument);
      if (input !== undefined) argument.data = Buffer.from(JSON.stringify(input)).toString('base64');
      const failed = {
        eventId: String(begun.length + 1),
        eventType: 'EVENT_TYPE_WORKFLOW_TASK_FAILED',
        workflowTaskFailedEventAttributes: {
          scheduledEventId: String(scheduled + 1),
          startedEventId: String(begun.length),
          cause: 'WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_WORKER_UNHANDLED_FAILURE',
          failure: {
            message: 'crypto is not defined',
            stackTrace:
              '/app/bundle.js:1\n    throw it;\n    ^\n\nReferenceError: crypto is not defined\n    at crypto (/app/workflows/x.ts:9:7)',
          },
        },
      };
      await writeFile(file(name), JSON.stringify({ events: [...begun, failed] }));
      return file(name);
    };
    const told =
      /^CompanySync, \d+ events; the run is under way\.\nIt is stuck: its last workflow task failed over\nReferenceError: crypto is not defined\n    at crypto \(\/app\/workflows\/x\.ts:9:7\)\n/;

    it('names the line, and says when the code at hand gets on', async () => {
      const run = await replay(await stuckRun('stuck.json'));
      assert.deepEqual([run.code, run.stderr], [0, '']);
      assert.match(run.stdout, told);
      assert.match(
        run.stdout,
        /The code at hand does the same up to that task, and begins it without failing\.\n$/,
      );
    });

    it('runs the failed task too: an error of the code at hand is told with its line', async () => {
      const run = await replay(await stuckRun('stuck-still.json', null));
      assert.equal(run.code, 1);
      assert.match(run.stdout, told);
      assert.match(
        run.stderr,
        /^The code at hand fails:\nTypeError: .*\n    at .*\/workflows\/companySync\.ts:\d+:\d+\)\n/,
      );
    });
  });

  it('tells runs and files that are not there, and files that are no history', async () => {
    assert.deepEqual(
      [(await replay('no-such-run')).stderr, (await replay(file('none.json'))).stderr],
      [
        'Temporal has no run of the id no-such-run (any more).\n',
        `${file('none.json')} cannot be read (ENOENT).\n`,
      ],
    );
    await writeFile(file('wrong.json'), '{"events": "none"}');
    assert.match((await replay(file('wrong.json'))).stderr, /is no history/);
  });
});
