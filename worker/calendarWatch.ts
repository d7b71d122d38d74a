/** The schedule by which Hermes looks whether calls were moved or cancelled in the calendars. */
import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import type { Logger } from '../observability/logger.ts';
import { taskQueues } from '../temporal/taskQueues.ts';

export const calendarWatchSchedule = 'calendar-watch';

/** One list per admin with a call ahead: ten admins cost two calls a minute. */
const every = '5 minutes';

/** Makes sure that the schedule exists; one that an operator paused or changed stays as it is. */
export const ensureCalendarWatch = async (client: Client, logger: Logger): Promise<void> => {
  try {
    await client.schedule.create({
      scheduleId: calendarWatchSchedule,
      spec: { intervals: [{ every }] },
      action: {
        type: 'startWorkflow',
        workflowType: 'CalendarWatch',
        workflowId: calendarWatchSchedule,
        taskQueue: taskQueues.hermes,
        args: [],
        staticSummary: 'calls moved or cancelled in the calendars',
      },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
    });
    logger.info({ every }, 'the calendars are looked at by a schedule');
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return;
    logger.warn({ err: error }, 'the schedule of the calendar watch could not be made');
  }
};
