/** Keeps what a page found. Reconciliations that ended long ago are dropped on the way. */
import { Context } from '@temporalio/activity';
import type { Database } from '../../db/connection.ts';
import type { DriftEntity } from '../../domain/reconcile/drift.ts';
import type { EntityCount } from '../../domain/reconcile/report.ts';

const keptDays = 90;

export const notePage = async (
  db: Database,
  entity: DriftEntity,
  after: number,
  { read, compared, drifted }: EntityCount,
): Promise<void> => {
  const counts = { read, compared, drifted };
  await db('reconcile_page')
    .insert({ run_id: Context.current().info.workflowExecution?.runId ?? '', entity, after, ...counts })
    .onConflict(['run_id', 'entity', 'after'])
    .merge({ ...counts, at: db.fn.now() });
  if (after === 0) {
    await db('reconcile_page').whereRaw(`at < now() - ? * interval '1 day'`, [keptDays]).delete();
  }
};
