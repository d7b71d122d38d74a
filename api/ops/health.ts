/** Liveness and readiness. */
import type { Knex } from 'knex';
import type { Context } from 'koa';
import { pendingMigrations } from '../../db/pendingMigrations.ts';
import type { ApiDependencies } from '../context.ts';

const deadline = async <T>(work: Promise<T>, ms: number): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('deadline')), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};

const succeeds = async (work: () => Promise<unknown>): Promise<boolean> => {
  try {
    await deadline(work(), 2000);
    return true;
  } catch {
    return false;
  }
};

/** GET /healthz: the process answers. */
export const health = (context: Context): void => {
  context.body = { status: 'ok' };
};

/** Whether the schema is as new as this release. Once it is, it stays so: migrations only go forward. */
const schemaCheck = (db: Knex): (() => Promise<boolean>) => {
  let current = false;
  return async () => {
    current ||= (await pendingMigrations(db)).length === 0;
    return current;
  };
};

/** GET /readyz: 200 when the database answers and Temporal can start runs, else 503 that names what is missing. */
export const readiness = ({
  db,
  pool,
  namespace,
}: ApiDependencies): ((context: Context) => Promise<void>) => {
  const isMigrated = schemaCheck(db);
  return async (context) => {
    const [database, temporal] = await Promise.all([
      succeeds(() => pool.query('select 1')).then(async (answers) => {
        if (!answers) return 'unreachable';
        return (await isMigrated().catch(() => false)) ? 'ok' : 'unmigrated';
      }),
      succeeds(() => namespace.reach()).then(async (answers) => {
        if (!answers) return 'unreachable';
        return (await succeeds(() => namespace.prepare())) ? 'ok' : 'unprepared';
      }),
    ]);
    const faults = Object.entries({ database, Temporal: temporal }).filter(([, state]) => state !== 'ok');
    context.status = faults.length === 0 ? 200 : 503;
    context.body = {
      status: faults.length === 0 ? 'ok' : 'error',
      ...(faults.length === 0
        ? {}
        : { message: `Not ready: ${faults.map(([name, state]) => `${name} ${state}`).join(' and ')}` }),
      database,
      temporal,
    };
  };
};
