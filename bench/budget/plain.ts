/**
 * The baseline's process: the same statements and the same calls as Hermes makes for new clients, from the inbox to Pipedrive, by plain
 * concurrent functions. Nothing repeats what fails, nobody sees what runs, and a crash loses what is under way.
 *
 * `POST /` works off all events that no run was started for, so many at a time as the body says.
 */
import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createDatabaseActivities, createPipedriveActivities } from '../../activities/index.ts';
import { connectDatabase } from '../../db/connection.ts';
import { readEnvironment } from '../../environment/environment.ts';
import { createLogger } from '../../observability/logger.ts';
import { activityDependencies } from '../../worker/dependencies.ts';

const environment = readEnvironment(process.env);
const db = connectDatabase(environment.DATABASE_URL, environment.DATABASE_POOL_MAX, 'hermes-bench');
const dependencies = activityDependencies(environment, db, createLogger({ level: 'warn', process: 'bench' }));
const database = createDatabaseActivities(dependencies);
const pipedrive = createPipedriveActivities(dependencies.pipedrive);

/** Activities ask for their context. */
const inContext = async <A, R>(activity: (argument: A) => Promise<R>, argument: A): Promise<R> => {
  const answer: unknown = await new MockActivityEnvironment({ attempt: 1 }).run(activity, argument);
  return answer as R;
};

const creates = {
  linkOrganization: pipedrive.createOrganization,
  createPerson: pipedrive.createPerson,
  createDeal: pipedrive.createDeal,
} as const;

const take = async (webhookId: number): Promise<void> => {
  const result = await inContext(database.applyTcClient, { webhookId });
  if (result.kind !== 'done' || result.companyId === null)
    throw new Error(`webhook ${webhookId} was not applied`);
  const { companyId } = result;
  for (;;) {
    const plan = await inContext(database.planPipedriveSync, { companyId, settled: [], refusals: [] });
    if (plan.steps.length === 0) return;
    for (const { call, recordId } of plan.steps) {
      if (!(call in creates)) throw new Error(`${call} is not a step of a new client`);
      await inContext(creates[call as keyof typeof creates], { companyId, recordId });
    }
  }
};

const workOff = async (lanes: number): Promise<void> => {
  const waiting = await db('webhook').whereNull('outcome').orderBy('id').pluck<number[]>('id');
  const lane = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) await take(id);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
};

const server = http.createServer((request, response) => {
  const answer = async (): Promise<void> => {
    if (request.method === 'POST') await workOff(Number(await text(request)));
    response.end('{}');
  };
  answer().catch((error: unknown) => {
    response.statusCode = 500;
    response.end(String(error));
  });
});
server.listen(environment.PORT, environment.HOST);
await once(server, 'listening');
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
  void db.destroy();
});
