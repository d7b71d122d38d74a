/**
 * Starts runs on behalf of the door, without the sender waiting for it: only a few at a time. What finds no place, and what
 * fails, is left to the relay, which the row's `next_start_at` calls.
 */
import type { Client } from '@temporalio/client';
import type { Logger } from '../observability/logger.ts';
import { startEvent, type StartableEvent } from './start.ts';

export interface Starter {
  /** Whether a start would begin at once. Ask before filing: it decides how soon the relay looks. */
  hasRoom(): boolean;
  /** Begins a start and returns; never throws. */
  start(event: StartableEvent): void;
  /** Resolves when no start is in flight. */
  drained(): Promise<void>;
}

/** Seconds after which the relay takes over a row that the door meant to start itself. */
export const startGraceSeconds = 10;

/** @param limit starts in flight at most; 0 leaves every start to the relay */
export const createStarter = (getClient: () => Client, logger: Logger, limit: number): Starter => {
  const inFlight = new Set<Promise<void>>();

  const run = async (event: StartableEvent): Promise<void> => {
    try {
      await startEvent(getClient(), event);
    } catch (error) {
      logger.warn(
        { webhookId: event.id, workflowId: event.workflowId, err: error },
        'the run could not be started now; the relay will start it',
      );
    }
  };

  return {
    hasRoom: () => inFlight.size < limit,
    start: (event) => {
      const attempt = run(event).finally(() => inFlight.delete(attempt));
      inFlight.add(attempt);
    },
    drained: async () => {
      await Promise.all(inFlight);
    },
  };
};
