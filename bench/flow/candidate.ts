/** Hermes as `npm run serve` runs it, API and worker in one process, with the sandbox Pipedrive behind it. */
import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import pg from 'pg';
import { configure, hermesEnvironment } from '../peers.ts';
import type { Servers } from '../servers.ts';
import { newClientWebhook, resentClientWebhook, type SignedWebhook } from '../webhooks.ts';

export type Step = 'local' | 'remote';

/** What a run did, in order; `sync` is the run that it asked for. */
export interface Shape {
  event: Step[];
  sync: Step[];
  /** Events in the histories of both. */
  historyEvents: number;
}

export interface CandidateOptions {
  /** Settings of the sandbox Pipedrive's process. */
  pipedrive?: Record<string, string>;
  /** Settings of Hermes beyond the benchmarks' own. */
  hermes?: Record<string, string>;
  /** Numbers of clients that were used before; the database holds none of them. */
  usedNumbers?: number;
}

export interface Candidate {
  pid: number;
  pipedriveUrl: string;
  /** Sends clients that Hermes has not seen and waits until Pipedrive has an organization, a person and a deal of each. */
  newClients: (count: number, inFlight: number) => Promise<void>;
  /** Sends what Hermes knows already and waits until it has seen so. */
  unchanged: (count: number, inFlight: number) => Promise<void>;
  /** What the run of the first client looked like. */
  shapeOfNewClient(): Promise<Shape>;
  /** Stops Hermes alone; Pipedrive goes on. */
  stopHermes(): Promise<void>;
  stop(): Promise<void>;
}

const deadlineMs = 90_000;

const post = (agent: http.Agent, url: string, { body, headers }: SignedWebhook): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = http.request(`${url}/tc2/callback/`, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`answered ${response.statusCode}`)),
      );
    });
    request.on('error', reject);
    request.end(body);
  });

const localMarker = 'core_local_activity';

const stepsOf = (history: temporal.api.history.v1.IHistory): Step[] =>
  (history.events ?? []).flatMap((event): Step[] => {
    if (event.activityTaskScheduledEventAttributes) return ['remote'];
    const marker = event.markerRecordedEventAttributes?.markerName;
    return marker === localMarker ? ['local'] : [];
  });

/** Starts it. */
export const startCandidate = async (
  servers: Servers,
  options: CandidateOptions = {},
): Promise<Candidate> => {
  const pipedrive = await servers.startHttp({
    name: 'pipedrive',
    file: 'bench/pipedrive.ts',
    env: { ...options.pipedrive },
    answersAt: '/',
  });
  await configure(servers.databaseUrl, pipedrive.url);
  const hermes = await servers.startHttp({
    name: 'serve',
    file: 'serve',
    env: {
      ...hermesEnvironment({ databaseUrl: servers.databaseUrl, pipedriveUrl: pipedrive.url }),
      TEMPORAL_ADDRESS: servers.temporalAddress,
      ...options.hermes,
    },
    answersAt: '/readyz',
  });
  const database = new pg.Client({ connectionString: servers.databaseUrl });
  database.on('error', () => undefined);
  await database.connect();
  const connection = await Connection.connect({ address: servers.temporalAddress });
  const client = new Client({ connection });
  const agent = new http.Agent({ keepAlive: true });

  const until = async (name: string, sql: string, wanted: number): Promise<void> => {
    const deadline = performance.now() + deadlineMs;
    for (;;) {
      const { rows } = await database.query<{ count: number }>({ name, text: sql });
      if ((rows[0]?.count ?? 0) >= wanted) return;
      if (performance.now() > deadline) {
        throw new Error(`Hermes came to ${rows[0]?.count ?? 0} of ${wanted} in ${deadlineMs / 1000} s`);
      }
      // Seldom enough not to be a load of its own when many are awaited.
      await pause(wanted - (rows[0]?.count ?? 0) > 1 ? 25 : 1);
    }
  };

  const send = async (webhooks: readonly SignedWebhook[], inFlight: number): Promise<void> => {
    const queue = [...webhooks];
    const lane = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        await post(agent, hermes.url, next);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, lane));
  };

  const usedNumbers = options.usedNumbers ?? 0;
  let clients = 0;
  let resent = 0;
  const seen = 'select count(*)::integer as count from webhook where outcome is not null';
  const linked = 'select count(*)::integer as count from deal where pd_deal_id is not null';

  const newClients: Candidate['newClients'] = async (count, inFlight) => {
    const webhooks = Array.from({ length: count }, (_, index) =>
      newClientWebhook(usedNumbers + clients + index + 1),
    );
    clients += count;
    await send(webhooks, inFlight);
    await until('linked', linked, clients);
  };

  return {
    pid: hermes.child.pid ?? 0,
    pipedriveUrl: pipedrive.url,
    newClients,
    unchanged: async (count, inFlight) => {
      const at = new Date();
      const webhooks = Array.from({ length: count }, (_, index) =>
        resentClientWebhook(
          usedNumbers + (index % clients) + 1,
          new Date(at.getTime() + Math.floor(index / clients)),
        ),
      );
      resent += count;
      await send(webhooks, inFlight);
      await until('seen', seen, clients + resent);
    },
    shapeOfNewClient: async () => {
      const { rows } = await database.query<{ workflow_id: string; company_id: number }>(
        'select workflow_id, company_id from webhook order by id limit 1',
      );
      const ids = [rows[0]?.workflow_id ?? '', `company-sync-${rows[0]?.company_id ?? 0}`];
      const [event, sync] = await Promise.all(ids.map((id) => client.workflow.getHandle(id).fetchHistory()));
      return {
        event: stepsOf(event ?? {}),
        sync: stepsOf(sync ?? {}),
        historyEvents: (event?.events?.length ?? 0) + (sync?.events?.length ?? 0),
      };
    },
    stopHermes: () => servers.stopChild(hermes.child),
    stop: async () => {
      agent.destroy();
      await database.end();
      await connection.close();
      await servers.stopChild(hermes.child);
      await servers.stopChild(pipedrive.child);
    },
  };
};
