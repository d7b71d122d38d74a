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

export interface ReplayOptions {
  /** WORKFLOW_BUNDLE: the code as an image brings it, which cannot build it; built from the sources when undefined. */
  bundle?: string | undefined;
  /** For a debugger: the workflow's code keeps its source map, and a pause at a breakpoint is no deadlock. */
  debug?: boolean;
  /** For a history whose payloads are encrypted. */
  dataConverter?: DataConverter | undefined;
}

/** Builds the workflow code once, for any number of histories. */
export const prepareReplay = async (
  workflowId: string,
  { bundle, debug, dataConverter }: ReplayOptions,
): Promise<Replay> => {
  const code = debug
    ? { workflowsPath, debugMode: true }
    : {
        workflowBundle: await workflowBundle(
          createLogger({ level: 'silent', process: 'cli' }),
          bundle,
          dataConverter !== undefined,
        ),
      };
  // Only now: with a runtime the process would not end when the code cannot be built.
  quieten();
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
