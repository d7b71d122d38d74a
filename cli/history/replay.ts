/** Runs a history through the workflow code of this checkout. No activity runs, nothing is called, nothing changes. */
import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { createLogger } from '../../observability/logger.ts';
import { temporalLogger, workflowBundle } from '../../worker/bundle.ts';
import type { History } from './file.ts';

const workflowsPath = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url));

export type Replayed =
  /** The code makes the same commands as it did then. */
  | { kind: 'same' }
  /** It makes others: this code cannot go on with such runs. */
  | { kind: 'differs'; message: string }
  /** It throws where it should not. */
  | { kind: 'throws'; error: Error };

let quiet = false;

/** The SDK's own log would stand between the lines of the report. One process has one runtime. */
const quieten = (): void => {
  if (quiet) return;
  quiet = true;
  const logger = createLogger({ level: 'silent', process: 'cli' });
  try {
    Runtime.install({
      logger: temporalLogger(logger),
      telemetryOptions: { logging: { forward: {}, filter: 'OFF' } },
      shutdownSignals: [],
    });
  } catch {
    // Somebody installed one before.
  }
};

const isViolation = (error: Error): boolean =>
  error instanceof DeterminismViolationError || error.name === 'DeterminismViolationError';

/** Runs one history. */
export type Replay = (history: History) => Promise<Replayed>;

/**
 * Builds the workflow code once, for any number of histories.
 *
 * @param debug for a debugger: the workflow's code keeps its source map, and a pause at a breakpoint is no deadlock
 * @param dataConverter for a history whose payloads are encrypted
 */
export const prepareReplay = async (
  workflowId: string,
  debug: boolean,
  dataConverter?: DataConverter,
): Promise<Replay> => {
  quieten();
  const code = debug
    ? { workflowsPath, debugMode: true }
    : {
        workflowBundle: await workflowBundle(
          createLogger({ level: 'silent', process: 'cli' }),
          undefined,
          dataConverter !== undefined,
        ),
      };
  const options = { ...code, ...(dataConverter === undefined ? {} : { dataConverter }) };
  return async (history) => {
    try {
      await Worker.runReplayHistory(options, history, workflowId);
      return { kind: 'same' };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return isViolation(error) ? { kind: 'differs', message: error.message } : { kind: 'throws', error };
    }
  };
};
