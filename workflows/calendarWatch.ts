/** Every few minutes: calls that were moved or cancelled in a calendar itself, and what bookings left behind. */
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { GoogleActivities } from '../activities/google/index.ts';
import type { BookingActivities } from '../activities/hermes/bookings/index.ts';
import { taskQueues } from '../temporal/taskQueues.ts';
import { failureTypeOf } from './callProxies.ts';
import { showFailure } from './failures.ts';
import { database, localRetryThreshold } from './proxies.ts';

const records = proxyLocalActivities<BookingActivities>({
  startToCloseTimeout: '30 s',
  retry: { initialInterval: '200 ms', backoffCoefficient: 2, maximumInterval: '10 s', maximumAttempts: 5 },
  localRetryThreshold,
});

/** What fails here is looked at again by the next run. */
const calendar = proxyActivities<GoogleActivities>({
  taskQueue: taskQueues.google,
  startToCloseTimeout: '60 s',
  retry: {
    initialInterval: '2 s',
    backoffCoefficient: 3,
    maximumAttempts: 3,
    nonRetryableErrorTypes: ['Unauthorised', 'Throttled', 'Paused'],
  },
});

/** What a run found, for the Web UI. */
export interface WatchOutcome {
  admins: number;
  /** Admins whose calendar could not be read. */
  unread: number[];
  companies: number[];
}

export const CalendarWatch = async (): Promise<WatchOutcome> => {
  const admins = await records.tidyBookings();
  const companies = new Set<number>();
  const unread: number[] = [];
  for (const adminId of admins) {
    try {
      const changed = await calendar.watchCalendar.executeWithOptions({ summary: `admin ${adminId}` }, [
        { adminId },
      ]);
      for (const id of changed) companies.add(id);
    } catch (error) {
      showFailure(failureTypeOf(error));
      unread.push(adminId);
    }
  }
  for (const companyId of companies) await database.requestSync({ companyId, priority: 'webhook' });
  return { admins: admins.length, unread, companies: [...companies] };
};
