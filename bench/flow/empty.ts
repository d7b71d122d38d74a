/**
 * The baseline's process: a door without anything behind it but empty runs, on the same server and with the same worker settings as
 * Hermes's. `POST /` starts as many runs as it is told and answers when all their steps are taken.
 */
import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { getClient } from '@temporalio/activity';
import { Client } from '@temporalio/client';
import { bundleWorkflowCode, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { grpcCompression, stepWorkerOptions, workflowWorkerOptions } from '../../worker/tuning.ts';

export interface EmptyRun {
  /** Name of the run, which `done` is told by. */
  id: string;
  steps: ('local' | 'remote')[];
  /** A run that is asked for at the end, by signal with start as Hermes asks for a sync. */
  asks?: EmptyRun;
}

/** What `POST /` takes. */
export interface EmptyBurst {
  prefix: string;
  count: number;
  run: Omit<EmptyRun, 'id'>;
  /** Starts in flight at most. */
  inFlight: number;
}

const waiting = new Map<string, () => void>();

/** The step after which a run counts as done: the last remote one (a record in Pipedrive), or the last one of all. */
const lastOf = new Map<string, number>();

const activities = {
  step: async ({ id, index }: { id: string; index: number }): Promise<void> => {
    if (lastOf.get(id) !== index) return;
    lastOf.delete(id);
    waiting.get(id)?.();
    waiting.delete(id);
  },
  request: async (run: EmptyRun): Promise<void> => {
    await getClient().workflow.signalWithStart('EmptySync', {
      workflowId: run.id,
      taskQueue: 'empty',
      args: [run],
      signal: 'look',
      signalArgs: [],
    });
  },
};
export type EmptyActivities = typeof activities;

Runtime.install({ logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} } });

const { TEMPORAL_ADDRESS = '', HOST, PORT, DATABASE_POOL_MAX = '20' } = process.env;
const connection = await NativeConnection.connect({ address: TEMPORAL_ADDRESS, grpcCompression });
const client = new Client({ connection });
const workflowBundle = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('workflows.ts', import.meta.url)),
});
const workers = await Promise.all([
  Worker.create({
    connection,
    taskQueue: 'empty',
    workflowBundle,
    activities,
    ...workflowWorkerOptions({ databaseConnections: Number(DATABASE_POOL_MAX) }),
  }),
  Worker.create({ connection, taskQueue: 'empty-calls', activities, ...stepWorkerOptions(100_000) }),
]);
const runs = Promise.all(workers.map((worker) => worker.run()));

/** Starts the runs, a few at a time, and waits for the last step of each. */
const burst = async ({ prefix, count, run, inFlight }: EmptyBurst): Promise<void> => {
  const done: Promise<void>[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const id = `${prefix}-${(next += 1)}`;
      const asked = run.asks === undefined ? undefined : { ...run.asks, id: `${id}-sync` };
      const last = asked ?? { id, steps: run.steps };
      const lastRemote = last.steps.lastIndexOf('remote');
      lastOf.set(last.id, lastRemote === -1 ? last.steps.length - 1 : lastRemote);
      done.push(new Promise((resolve) => waiting.set(last.id, resolve)));
      const input: EmptyRun = { id, steps: run.steps, ...(asked === undefined ? {} : { asks: asked }) };
      await client.workflow.start('EmptyEvent', {
        workflowId: id,
        taskQueue: 'empty',
        args: [input],
        requestEagerStart: true,
      });
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  await Promise.all(done);
};

const answer = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
  if (request.method === 'POST') await burst(JSON.parse(await text(request)) as EmptyBurst);
  response.end('{}');
};

const server = http.createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    response.statusCode = 500;
    response.end(String(error));
  });
});
server.listen(Number(PORT), HOST);
await once(server, 'listening');
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  for (const worker of workers) worker.shutdown();
});
await runs;
await connection.close();
