/** Liveness and readiness. */
import type { Context } from 'koa';
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

const check = async (work: () => Promise<unknown>): Promise<'ok' | 'unreachable'> => {
  try {
    await deadline(work(), 2000);
    return 'ok';
  } catch {
    return 'unreachable';
  }
};

/** GET /healthz: the process answers. */
export const health = (context: Context): void => {
  context.body = { status: 'ok' };
};

/** GET /readyz: 200 when the database and Temporal answer, else 503 that names what does not. */
export const readiness =
  ({ pool, temporal }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const [database, orchestrator] = await Promise.all([
      check(() => pool.query('select 1')),
      check(() => temporal.connection.workflowService.getSystemInfo({})),
    ]);
    const ready = database === 'ok' && orchestrator === 'ok';
    context.status = ready ? 200 : 503;
    context.body = {
      status: ready ? 'ok' : 'error',
      ...(ready
        ? {}
        : {
            message: `Not ready: ${[database === 'ok' ? '' : 'database', orchestrator === 'ok' ? '' : 'Temporal'].filter((name) => name !== '').join(' and ')} unreachable`,
          }),
      database,
      temporal: orchestrator,
    };
  };
