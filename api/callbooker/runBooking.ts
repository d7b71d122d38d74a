/** Runs a booking in Temporal and gives the answer that holds: the one in the inbox row, which only one side can write. */
import { setTimeout as pause } from 'node:timers/promises';
import { WithStartWorkflowOperation, type Client } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import type pg from 'pg';
import { startOptions, type StartableEvent } from '../../inbox/start.ts';
import { bookUpdateName, type BookingAnswer } from '../../workflows/bookingSteps.ts';
import { priorities } from '../../workflows/names.ts';
import type { ApiDependencies } from '../context.ts';
import { HttpError } from '../errors.ts';
import { withinTime } from './withinTime.ts';

const awayMessage = 'Calls cannot be booked at the moment. Please try again in a few minutes.';
/** Neither yes nor no. */
const unknownMessage =
  'We cannot tell whether your call was booked. If it was, an invitation comes by e-mail; else please try again in a few minutes.';
const unavailable: BookingAnswer = { ok: false, status: 503, message: awayMessage };

/** Starts the run, or joins it when another click started it, and waits for its answer. */
const startAndWait = async (client: Client, event: StartableEvent): Promise<BookingAnswer> => {
  const { workflowId, taskQueue, ...options } = startOptions(event);
  const startWorkflowOperation = new WithStartWorkflowOperation(event.type, {
    ...options,
    workflowId,
    taskQueue,
    workflowIdConflictPolicy: 'USE_EXISTING',
    priority: { priorityKey: priorities.booking },
  });
  return client.workflow.executeUpdateWithStart<Workflow, BookingAnswer, []>(bookUpdateName, {
    startWorkflowOperation,
    // One per try: a refusal is never repeated to a later one.
    updateId: `${bookUpdateName}-${event.id}`,
  });
};

const recorded = (row: { outcome: string | null; reason: string | null } | undefined): BookingAnswer => {
  if (row?.outcome === 'applied') return { ok: true };
  const [, status, message] = /^(\d{3}) (.+)$/s.exec(row?.reason ?? '') ?? [];
  return status === undefined || message === undefined
    ? unavailable
    : { ok: false, status: Number(status), message };
};

/**
 * Closes a booking that gave no answer in time. From here on the run cannot confirm it any more; when it was faster, its answer
 * holds.
 */
const settle = async (pool: pg.Pool, webhookId: number): Promise<BookingAnswer> => {
  const closed = await pool.query(
    `update webhook set outcome = 'refused', reason = $2, finished_at = now() where id = $1 and outcome is null`,
    [webhookId, `503 ${awayMessage}`],
  );
  if ((closed.rowCount ?? 0) > 0) return unavailable;
  const { rows } = await pool.query<{ outcome: string | null; reason: string | null }>(
    'select outcome, reason from webhook where id = $1',
    [webhookId],
  );
  return recorded(rows[0]);
};

/** How long PostgreSQL is asked again, so that the visitor is answered within 15 s. */
const settleMs = 1400;
const settleAgainMs = 100;

/**
 * `settle`, repeated while PostgreSQL cannot be asked.
 *
 * @throws HttpError 500 when that lasts: the run may have booked the call, and nobody can say so
 */
export const settleInTime = async (
  { pool, logger }: Pick<ApiDependencies, 'pool' | 'logger'>,
  webhookId: number,
): Promise<BookingAnswer> => {
  const deadline = performance.now() + settleMs;
  for (;;) {
    try {
      return await settle(pool, webhookId);
    } catch (error) {
      if (performance.now() >= deadline) {
        logger.error({ webhookId, err: error }, 'it cannot be found out what became of a booking');
        throw new HttpError(500, unknownMessage);
      }
    }
    await pause(settleAgainMs);
  }
};

/**
 * @returns the answer for the visitor; never throws for Temporal's sake
 * @throws HttpError 500 when nobody can say what became of the booking
 */
export const runBooking = async (
  { temporal, pool, logger, starter }: Pick<ApiDependencies, 'temporal' | 'pool' | 'logger' | 'starter'>,
  event: StartableEvent,
): Promise<BookingAnswer> => {
  try {
    return await withinTime(starter, startAndWait(temporal, event));
  } catch (error) {
    const answer = await settleInTime({ pool, logger }, event.id);
    logger.error(
      { webhookId: event.id, booked: answer.ok, err: error },
      'a booking gave no answer by itself',
    );
    return answer;
  }
};
