import type { Context } from 'koa';
import { resyncCompanies } from '../../../inbox/resync.ts';
import type { ApiDependencies } from '../../context.ts';
import { adviceOnEvent, adviceOnParked, adviceOnRefusal, unknownAdminOf } from '../advice.ts';
import { operatorOf, readForm, redirect, render } from '../context.ts';
import { auditOperator } from '../operators.ts';
import { companiesRefused, refusalsByCause } from '../refusals.ts';

interface FailedEvents {
  type: string | null;
  reason: string | null;
  events: number;
  since: Date;
  repeats: number;
}

interface ParkedEvents {
  waiting_for: string | null;
  events: number;
  since: Date;
  reason: string | null;
}

/** GET /admin/failures: one line per cause, with one button. */
export const failures =
  ({ db }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const [events, parked, admins, refusals] = await Promise.all([
      db('webhook')
        .where({ outcome: 'failed' })
        .groupBy('type', 'reason')
        .orderByRaw('count(*) desc')
        .limit(100)
        .select<FailedEvents[]>(
          'type',
          'reason',
          db.raw('count(*) as events'),
          db.raw('min(received_at) as since'),
          db.raw('sum(repeats) as repeats'),
        ),
      db('webhook')
        .where({ outcome: 'parked' })
        .groupBy('waiting_for')
        .orderByRaw('count(*) desc')
        .limit(100)
        .select<ParkedEvents[]>(
          'waiting_for',
          db.raw('count(*) as events'),
          db.raw('min(received_at) as since'),
          db.raw('min(reason) as reason'),
        ),
      db('admin').orderBy('id').select('id', 'first_name', 'last_name'),
      refusalsByCause(db),
    ]);
    render(context, 'failures', {
      title: 'Failures',
      events: events.map((row) => ({
        ...row,
        advice: adviceOnEvent(row.reason),
        unknownAdmin: unknownAdminOf(row.reason, null),
      })),
      parked: parked.map((row) => ({
        ...row,
        advice: adviceOnParked(row.waiting_for),
        unknownAdmin: unknownAdminOf(null, row.waiting_for),
      })),
      admins,
      refusals: refusals.map((row) => ({ ...row, advice: adviceOnRefusal(row.cause) })),
    });
  };

/** POST /admin/failures/sync: every company that was refused something for one cause is synced anew. The count stands on the button. */
export const syncRefused =
  ({ db, temporal, starter }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const form = await readForm(context);
    const cause = form.get('cause') ?? '';
    const ids = await companiesRefused(db, cause);
    if (ids.length === 0) {
      redirect(context, '/admin/failures', 'No company is refused that any more');
      return;
    }
    const operator = operatorOf(context);
    const { companies, asked } = await resyncCompanies(db, temporal, ids, `operator:${operator.id}`);
    starter.follow(asked);
    await auditOperator(db, operator, 'synced', `${companies} companies refused for: ${cause}`);
    redirect(
      context,
      '/admin/failures',
      companies === 1 ? 'The sync is on its way' : `The syncs of ${companies} companies are on their way`,
    );
  };
