/**
 * Starts runs on behalf of the door, without the sender waiting for it, as long as that is cheap: a few at a time, a few per second.
 * What finds no place, and what fails, is left to the relay, which the row's `next_start_at` calls.
 *
 * Now and then a webhook arrives: its run starts at once. In a burst the door only files: what it spends on starts, it would take from
 * the answers, and the relay paces the starts anyway. While Temporal is away nothing is tried but once in a while.
 */
import type pg from 'pg';
import type { Logger } from '../observability/logger.ts';
import type { FiledEvent } from './event.ts';
import { startDeadlineMs } from '../temporal/deadlines.ts';
import { startEvent, type StartableEvent, type StartingClient, type StartOutcome } from './start.ts';

export interface Starter {
  /** Takes a place for a start, if there is one. Ask before filing: the answer decides how soon the relay looks. */
  takePlace(): boolean;
  /** Begins a start and returns; never throws. */
  start(event: StartableEvent): void;
  /** Tells the relay that rows wait for it. */
  callRelay(): void;
  /** Tells the workers that somebody waits for an answer, so that they let it pass (worker/rightOfWay.ts). Never throws. */
  makeWay(): void;
  /** Other work of the same client that may outlast its answer; a failure is not this one's business. */
  follow(work: Promise<unknown>): void;
  /** Resolves when no start, and nothing that is followed, is in flight. */
  drained(): Promise<void>;
}

/** Seconds after which the relay takes over a row that the door meant to start itself. */
export const startGraceSeconds = 10;

/** The relay is called at most this often: a burst is one call. */
const callEveryMs = 100;

/** Starts per second that each place allows for in the long run: what a burst would spend on starts is not there for answers. */
const startsPerPlace = 1;

/** After a start failed, this long everything is left to the relay. */
const restMs = 5000;

export interface StarterOptions {
  /** Gives the client to start with: in one process with a worker, the worker's as soon as it runs. */
  temporal: () => StartingClient;
  pool: pg.Pool;
  logger: Logger;
  /** Starts in flight at most; 0 leaves every start to the relay. */
  limit: number;
  /** Milliseconds, monotonic. */
  now?: () => number;
}

/** So many at once, and so many per second afterwards. Who asks in vain begins the count anew: in a burst nothing is given any more. */
const createAllowance = (atOnce: number, perSecond: number, now: () => number): (() => boolean) => {
  let left = atOnce;
  let countedAt = now();
  return () => {
    const at = now();
    left = Math.min(atOnce, left + ((at - countedAt) / 1000) * perSecond);
    countedAt = at;
    const given = left >= 1;
    left = given ? left - 1 : 0;
    return given;
  };
};

/** The connection of a client for starts limits its calls itself; a worker's does not. */
const startInTime = (starting: StartingClient, event: StartableEvent): Promise<StartOutcome> => {
  const begin = (): Promise<StartOutcome> => startEvent(starting, event);
  return starting.eager ? starting.client.withDeadline(Date.now() + startDeadlineMs, begin) : begin();
};

export const createStarter = (options: StarterOptions): Starter => {
  const { temporal, pool, logger, limit, now = () => performance.now() } = options;
  const inFlight = new Set<Promise<void>>();
  const followed = new Set<Promise<unknown>>();
  const takeAllowance = createAllowance(limit, limit * startsPerPlace, now);
  let restsUntil = Number.NEGATIVE_INFINITY;
  /** The last start failed: the next one finds out alone whether Temporal is back. */
  let doubtful = false;
  let call: NodeJS.Timeout | null = null;
  let calledAt = Number.NEGATIVE_INFINITY;

  const notify = async (): Promise<void> => {
    call = null;
    calledAt = now();
    try {
      await pool.query('notify hermes_webhook');
    } catch (error) {
      logger.warn({ err: error }, 'the relay could not be called; it looks by itself');
    }
  };

  const run = async (event: StartableEvent): Promise<void> => {
    try {
      const starting = temporal();
      await startInTime(starting, event);
      doubtful = false;
    } catch (error) {
      restsUntil = now() + restMs;
      doubtful = true;
      logger.warn(
        { webhookId: event.id, workflowId: event.workflowId, err: error },
        'the run could not be started now; the relay will start it',
      );
    }
  };

  return {
    takePlace: () =>
      inFlight.size < (doubtful ? Math.min(limit, 1) : limit) && now() >= restsUntil && takeAllowance(),
    start: (event) => {
      const attempt = run(event).finally(() => inFlight.delete(attempt));
      inFlight.add(attempt);
    },
    makeWay: () => {
      pool.query('notify hermes_visitor').catch((error: unknown) => {
        logger.warn({ err: error }, 'the workers could not be told that a visitor waits');
      });
    },
    follow: (work) => {
      const settled = work.catch(() => undefined).finally(() => followed.delete(settled));
      followed.add(settled);
    },
    callRelay: () => {
      call ??= setTimeout(() => void notify(), Math.max(0, calledAt + callEveryMs - now()));
    },
    drained: async () => {
      if (call !== null) {
        clearTimeout(call);
        await notify();
      }
      await Promise.all([...inFlight, ...followed]);
    },
  };
};

/**
 * Begins the runs of what was filed, or leaves them to the relay.
 *
 * @param now what `takePlace` said before the filing
 */
export const startFiled = (starter: Starter, filed: readonly FiledEvent[], now: boolean): void => {
  const startable = filed.map((event) => event.startable).filter((event) => event !== null);
  if (startable.length === 0) return;
  if (now) for (const event of startable) starter.start(event);
  else starter.callRelay();
};
