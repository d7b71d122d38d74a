/**
 * Starts runs on behalf of the door, without the sender waiting for it: only a few at a time. What finds no place, and what
 * fails, is left to the relay, which the row's `next_start_at` calls.
 */
import type { Client } from '@temporalio/client';
import type pg from 'pg';
import type { Logger } from '../observability/logger.ts';
import type { FiledEvent } from './file.ts';
import { startEvent, type StartableEvent } from './start.ts';

export interface Starter {
  /** Whether a start would begin at once. Ask before filing: it decides how soon the relay looks. */
  hasRoom(): boolean;
  /** Begins a start and returns; never throws. */
  start(event: StartableEvent): void;
  /** Tells the relay that rows wait for it. */
  callRelay(): void;
  /** Resolves when no start is in flight. */
  drained(): Promise<void>;
}

/** Seconds after which the relay takes over a row that the door meant to start itself. */
export const startGraceSeconds = 10;

/** The relay is called at most this often: a burst is one call. */
const callEveryMs = 100;

export interface StarterOptions {
  temporal: Client;
  pool: pg.Pool;
  logger: Logger;
  /** Starts in flight at most; 0 leaves every start to the relay. */
  limit: number;
}

export const createStarter = ({ temporal, pool, logger, limit }: StarterOptions): Starter => {
  const inFlight = new Set<Promise<void>>();
  let call: NodeJS.Timeout | null = null;

  const notify = async (): Promise<void> => {
    try {
      await pool.query('notify hermes_webhook');
    } catch (error) {
      logger.warn({ err: error }, 'the relay could not be called; it looks by itself');
    }
  };

  const run = async (event: StartableEvent): Promise<void> => {
    try {
      await startEvent(temporal, event);
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
    callRelay: () => {
      call ??= setTimeout(() => {
        call = null;
        void notify();
      }, callEveryMs);
    },
    drained: async () => {
      if (call !== null) {
        clearTimeout(call);
        await notify();
      }
      await Promise.all(inFlight);
    },
  };
};

/**
 * Begins the runs of what was filed, or leaves them to the relay.
 *
 * @param now what `hasRoom` said before the filing
 */
export const startFiled = (starter: Starter, filed: readonly FiledEvent[], now: boolean): void => {
  const startable = filed.map((event) => event.startable).filter((event) => event !== null);
  if (startable.length === 0) return;
  if (now) for (const event of startable) starter.start(event);
  else starter.callRelay();
};
