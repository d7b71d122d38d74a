import type { Context } from 'koa';
import { eventSources } from '../../../workflows/names.ts';
import type { ApiDependencies } from '../../context.ts';
import { render, runUrl } from '../context.ts';
import { countOverview, type Minute } from '../overviewCounts.ts';
import { createTemporalStateReader } from '../temporalState.ts';

/** Received in each of the last 60 minutes, the oldest first. */
const perMinute = (rows: readonly Minute[], source: string, now: Date): number[] => {
  const counts = new Map(
    rows
      .filter((row) => row.source === source)
      .map((row) => [Math.floor(row.minute.getTime() / 60_000), row.events]),
  );
  const last = Math.floor(now.getTime() / 60_000);
  return Array.from({ length: 60 }, (_, index) => counts.get(last - 59 + index) ?? 0);
};

/** GET /admin/overview: is all well, and if not, where. */
export const overview = (dependencies: ApiDependencies) => {
  const { db, environment, starter } = dependencies;
  const temporal = createTemporalStateReader(dependencies.temporal, (work) => starter.follow(work));
  return async (context: Context): Promise<void> => {
    const asked = temporal.read();
    const { minutes, counts, reconciled } = await countOverview(db);
    const state = await asked;
    const now = new Date();
    render(context, 'overview', {
      title: 'Overview',
      sources: eventSources.map((source) => ({ source, counts: perMinute(minutes, source, now) })),
      from: new Date(now.getTime() - 59 * 60_000),
      now,
      ...counts,
      queues: state?.queues ?? null,
      reconcile: {
        run: state?.lastReconcile ?? null,
        counts: reconciled,
        url: runUrl(dependencies, state?.lastReconcile?.workflowId ?? null),
      },
      temporalUi: environment.TEMPORAL_UI_URL ?? null,
    });
  };
};
