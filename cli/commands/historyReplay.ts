import { existsSync } from 'node:fs';
import { WorkflowNotFoundError } from '@temporalio/client';
import { lazyClient, temporalAddress } from '../../temporal/connection.ts';
import { dataConverterOf } from '../../temporal/dataConverter.ts';
import { CommandError, type Command, type Invocation } from '../command.ts';
import { describeHistory } from '../history/describe.ts';
import { readHistory, writeHistory, type History } from '../history/file.ts';
import { failedTask, withLastTask } from '../history/lastTask.ts';
import { prepareReplay, type Replay, type Replayed } from '../history/replay.ts';
import { thrownInReplay } from '../history/stack.ts';

const isFile = (name: string): boolean => name.endsWith('.json') || existsSync(name);

/** gRPC's NOT_FOUND. */
const notFound = 5;

const isNotFound = (error: unknown): boolean => {
  if (error instanceof WorkflowNotFoundError) return true;
  if (typeof error !== 'object' || error === null) return false;
  return ('code' in error && error.code === notFound) || ('cause' in error && isNotFound(error.cause));
};

const fetchHistory = async (
  settings: Invocation['settings'],
  workflowId: string,
  runId: string | undefined,
): Promise<History> => {
  const temporal = lazyClient(temporalAddress({ ...settings }));
  try {
    return await temporal.client.workflow.getHandle(workflowId, runId).fetchHistory();
  } catch (error) {
    if (isNotFound(error)) {
      throw new CommandError(`Temporal has no run of the id ${workflowId} (any more).`);
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(`Temporal does not give the history: ${reason}. See TEMPORAL_ADDRESS.`);
  } finally {
    await temporal.close();
  }
};

/** Replays what was recorded and, where that goes well, the task at which the run is stuck. */
const replayToTheEnd = async (replay: Replay, history: History): Promise<Replayed> => {
  const recorded = await replay(history);
  const extended = failedTask(history) === null ? null : withLastTask(history);
  if (recorded.kind !== 'same' || extended === null) return recorded;
  const last = await replay(extended);
  // What that task would order is recorded nowhere, so only an error tells something.
  return last.kind === 'throws' ? last : recorded;
};

export const historyReplay: Command = {
  name: 'history replay',
  summary: "Run a run's history through the workflow code at hand",
  details: `
RUN is a workflow id, or a file with a history. Nothing is called and nothing changes: the recorded results are given to the code, and
its commands are compared with the recorded ones. Ends with 1 when they differ. For a debugger:

  node --inspect-brk --import tsx cli/main.ts history replay RUN --debug

docs/debugging.md walks through a failure.`,
  positionals: ['RUN'],
  options: {
    'run-id': { type: 'string', summary: 'a certain run of the workflow id, not the latest' },
    save: { type: 'string', summary: 'write the history to a file' },
    debug: { type: 'boolean', summary: 'build the code for a debugger' },
  },
  run: async ({ settings, positionals, options, stdout }) => {
    const name = positionals['RUN'] ?? '';
    const runId = typeof options['run-id'] === 'string' ? options['run-id'] : undefined;
    const history = isFile(name) ? await readHistory(name) : await fetchHistory(settings, name, runId);
    stdout.write(`${describeHistory(history)}\n`);
    if (typeof options['save'] === 'string') {
      await writeHistory(options['save'], history);
      stdout.write(`Written to ${options['save']}.\n`);
    }
    const failure = failedTask(history);
    if (failure !== null) stdout.write(`It is stuck: its last workflow task failed over\n${failure}\n`);
    const replay = await prepareReplay(name, {
      bundle: settings['WORKFLOW_BUNDLE'],
      debug: options['debug'] === true,
      dataConverter: dataConverterOf(settings['TEMPORAL_PAYLOAD_KEYS']),
    });
    const replayed = await replayToTheEnd(replay, history);
    switch (replayed.kind) {
      case 'same':
        stdout.write(
          failure === null
            ? 'The code at hand does the same.\n'
            : 'The code at hand does the same up to that task, and begins it without failing.\n',
        );
        return;
      case 'differs':
        throw new CommandError(
          `The code at hand does something else: runs like this one cannot go on with it.\n${replayed.message}`,
        );
      case 'throws':
        throw new CommandError(`The code at hand fails:\n${thrownInReplay(replayed.error)}`);
    }
  },
};
