/** The worker's own loops: relay, sweep, and the ear on PostgreSQL's notifications. */
import type { Client } from '@temporalio/client';
import pg from 'pg';
import type { Database } from '../db/connection.ts';
import { pruneBodies } from '../inbox/prune.ts';
import { relayOnce } from '../inbox/relay.ts';
import type { Logger } from '../observability/logger.ts';
import type { RightOfWay } from './rightOfWay.ts';
import { sweepOnce } from './sweep.ts';
import { wakeParked } from './wake.ts';

export interface Background {
  stop(): Promise<void>;
}

export interface BackgroundOptions {
  databaseUrl: string;
  db: Database;
  /** On the worker's own connection. */
  client: Client;
  logger: Logger;
  /** Starts in flight at most. */
  relayConcurrency: number;
  /** Says when the relay may start a run. */
  way: RightOfWay;
  /** Called when a visitor clicked, besides the relay. */
  onVisitor: () => void;
  /** Bodies of older events are emptied; 0 keeps them. */
  retentionDays: number;
  /** Milliseconds between looks when nothing calls. */
  relayEveryMs?: number;
  sweepEveryMs?: number;
}

/** Notifications that come together are one call. */
const settleMs = 5;

/** A loop that runs its task every so often, and at once when rung; a failure is logged and tried again. */
const createLoop = (name: string, everyMs: number, logger: Logger, task: () => Promise<unknown>) => {
  const stopping = new AbortController();
  let rung = false;
  let ring: (() => void) | null = null;

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      ring = () => {
        clearTimeout(timer);
        setTimeout(resolve, settleMs);
      };
      if (rung || stopping.signal.aborted) ring();
    });

  const running = (async () => {
    while (!stopping.signal.aborted) {
      rung = false;
      try {
        await task();
      } catch (error) {
        logger.warn({ err: error, loop: name }, 'a background task failed; it runs again');
      }
      if (!stopping.signal.aborted) await pause(everyMs);
    }
  })();

  return {
    ring: () => {
      rung = true;
      ring?.();
    },
    stop: async () => {
      stopping.abort();
      ring?.();
      await running;
    },
  };
};

/** Keeps a connection that listens; when it breaks, another one is made. */
const listen = (
  databaseUrl: string,
  logger: Logger,
  onNotification: (channel: string) => void,
): { stop(): Promise<void> } => {
  let stopped = false;
  let current: pg.Client | null = null;
  let retry: NodeJS.Timeout | null = null;

  const connect = async (): Promise<void> => {
    const client = new pg.Client({
      connectionString: databaseUrl,
      application_name: 'hermes-listener',
      keepAlive: true,
    });
    current = client;
    const again = (): void => {
      if (stopped || current !== client) return;
      current = null;
      client.end().catch(() => undefined);
      retry = setTimeout(() => void connect(), 1000);
    };
    client.on('error', again);
    client.on('end', again);
    client.on('notification', ({ channel }) => onNotification(channel));
    try {
      await client.connect();
      await client.query('listen hermes_webhook; listen hermes_config; listen hermes_visitor');
      // What was said while nobody listened is heard by looking.
      onNotification('hermes_webhook');
      onNotification('hermes_config');
    } catch (error) {
      logger.warn({ err: error }, 'cannot listen to PostgreSQL; trying again');
      again();
    }
  };
  void connect();

  return {
    stop: async () => {
      stopped = true;
      if (retry !== null) clearTimeout(retry);
      await current?.end().catch(() => undefined);
    },
  };
};

/** Starts the loops. */
export const startBackground = (options: BackgroundOptions): Background => {
  const { db, client, logger, way } = options;
  const relay = createLoop('relay', options.relayEveryMs ?? 5000, logger, () =>
    relayOnce(db, { client, eager: true }, logger, options.relayConcurrency, way.turn),
  );
  const sweep = createLoop('sweep', options.sweepEveryMs ?? 30_000, logger, () =>
    sweepOnce(db, client, logger),
  );
  const wake = createLoop('wake', 300_000, logger, () => wakeParked(db, client, logger));
  const prune = createLoop('retention', 3_600_000, logger, async () => {
    const events = await pruneBodies(db, options.retentionDays);
    if (events > 0) logger.info({ events }, 'the bodies of old events were emptied');
  });
  const ear = listen(options.databaseUrl, logger, (channel) => {
    if (channel === 'hermes_visitor') {
      way.visitorCame();
      options.onVisitor();
    } else if (channel === 'hermes_webhook') relay.ring();
    else wake.ring();
  });
  return {
    stop: async () => {
      await ear.stop();
      way.open();
      await Promise.all([relay.stop(), sweep.stop(), wake.stop(), prune.stop()]);
    },
  };
};
