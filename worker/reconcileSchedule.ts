/** The nightly reconciliation: a schedule of Temporal, kept as the settings say. */
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleOptions,
} from '@temporalio/client';
import type { Environment } from '../environment/environment.ts';
import type { Logger } from '../observability/logger.ts';
import { taskQueues } from '../temporal/taskQueues.ts';
import type { ReconcileInput } from '../workflows/reconcile.ts';

export const reconcileSchedule = 'reconcile-nightly';

/** Half past two in the morning, when few change anything. */
const cron = '30 2 * * *';

type Settings = Pick<Environment, 'RECONCILE_NIGHTLY' | 'RECONCILE_MAX_REPAIRS' | 'DFT_TIMEZONE'>;

const scheduleOf = (settings: Settings) => {
  const input: ReconcileInput = {
    dryRun: settings.RECONCILE_NIGHTLY === 'report',
    maxRepairs: settings.RECONCILE_MAX_REPAIRS,
  };
  return {
    spec: { cronExpressions: [cron], timezone: settings.DFT_TIMEZONE },
    action: {
      type: 'startWorkflow',
      workflowType: 'Reconcile',
      workflowId: reconcileSchedule,
      taskQueue: taskQueues.hermes,
      args: [input],
      staticSummary: 'Pipedrive compared with Hermes',
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 hour' },
  } satisfies Omit<ScheduleOptions, 'scheduleId'>;
};

/** Makes the schedule as the settings say, or removes it; a pause by an operator stays. A failure is logged, not thrown. */
export const ensureReconcileSchedule = async (
  client: Client,
  settings: Settings,
  logger: Logger,
): Promise<void> => {
  const handle = client.schedule.getHandle(reconcileSchedule);
  try {
    if (settings.RECONCILE_NIGHTLY === 'off') {
      await handle.delete();
      logger.info('the nightly reconciliation is off');
      return;
    }
    const schedule = scheduleOf(settings);
    try {
      await client.schedule.create({ scheduleId: reconcileSchedule, ...schedule });
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      await handle.update(({ state }) => ({ ...schedule, state }));
    }
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return;
    logger.warn({ err: error }, 'the schedule of the nightly reconciliation could not be made');
  }
};
