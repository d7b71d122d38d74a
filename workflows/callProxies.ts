/** The activities of booked calls, as the runs of a booking and of its change call them. */
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { GoogleActivities } from '../activities/google/index.ts';
import type { BookingActivities } from '../activities/hermes/bookings/index.ts';
import { taskQueues } from '../temporal/taskQueues.ts';
import { typedFailure } from './failures.ts';
import { localRetryThreshold } from './proxies.ts';

/** A visitor waits: the database is asked again quickly. */
export const records = proxyLocalActivities<BookingActivities>({
  startToCloseTimeout: '30 s',
  retry: { initialInterval: '100 ms', backoffCoefficient: 2, maximumInterval: '10 s' },
  localRetryThreshold,
});

/** Work on a calendar that nobody waits for. */
export const patientCalendar = proxyActivities<GoogleActivities>({
  taskQueue: taskQueues.google,
  startToCloseTimeout: '30 s',
  retry: { initialInterval: '1 s', backoffCoefficient: 2, maximumInterval: '10 s', maximumAttempts: 4 },
});

/** What operators search for: an activity that ended without a typed failure ran out of time. */
export const failureTypeOf = (error: unknown): string => typedFailure(error)?.type ?? 'Timeout';
