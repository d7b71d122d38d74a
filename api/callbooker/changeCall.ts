/** Cancelling and moving a booked call, by the signed link in the invitation. */
import { WithStartWorkflowOperation, type Client } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import type { Context } from 'koa';
import { z } from 'zod';
import { callStart } from '../../domain/callbooker/booking.ts';
import { faultText } from '../../domain/values/faultText.ts';
import { sha256 } from '../../domain/values/sha256.ts';
import { startAttributes } from '../../temporal/searchAttributes.ts';
import { taskQueues } from '../../temporal/taskQueues.ts';
import type { BookingAnswer } from '../../workflows/bookingSteps.ts';
import { callChangeId, changeUpdateName, type CallChange } from '../../workflows/callChange.ts';
import { priorities } from '../../workflows/names.ts';
import type { ApiDependencies } from '../context.ts';
import { HttpError, unavailable, validationError } from '../errors.ts';
import { parseJson, readRawBody } from '../middleware/rawBody.ts';
import { messagePage } from './callPage.ts';
import type { BookingLimits } from './limits.ts';
import { linkedCall, wantsPage, type CallFacts } from './linkedCall.ts';
import { withinTime } from './withinTime.ts';

/** The run does nothing new after this: its visitor is about to be told that it failed. */
const expiryMs = 8000;

const text = z.string().max(200);
export const cancelBody = z.object({ s: text });
export const moveBody = z.object({ s: text, meeting_dt: callStart });

/** The body as JSON, or as a form of the page. */
const readBody = async (context: Context): Promise<unknown> => {
  const body = await readRawBody(context);
  if (context.is('application/x-www-form-urlencoded') === false) return parseJson(body);
  return Object.fromEntries(new URLSearchParams(body.toString('utf8')));
};

const parseBody = async <T>(context: Context, schema: z.ZodType<T>): Promise<T> => {
  const parsed = schema.safeParse(await readBody(context), { error: faultText });
  if (parsed.success) return parsed.data;
  throw validationError('body', parsed.error.issues);
};

/** A second click comes within it; who tries again after an outage gets a run of their own. */
const joinMs = 60_000;

/**
 * The same for two clicks on one button of one page, so that the second joins the run of the first. The uuid keeps runs of an earlier life
 * of the database, in which the id was another call's, from answering.
 */
const changeKey = (call: CallFacts, change: CallChange): string =>
  sha256(JSON.stringify([call.uuid, change, call.calendar_synced_at, Math.floor(Date.now() / joinMs)]))
    .toString('hex')
    .slice(0, 12);

const runChange = async (temporal: Client, call: CallFacts, change: CallChange): Promise<BookingAnswer> => {
  const key = changeKey(call, change);
  const startWorkflowOperation = new WithStartWorkflowOperation('CallChanged', {
    workflowId: callChangeId(call.id, key),
    taskQueue: taskQueues.hermes,
    args: [{ meetingId: call.id, change, expiresAt: Date.now() + expiryMs }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: `meeting ${call.id}, ${change.kind}`,
    typedSearchAttributes: startAttributes({
      source: 'callbooker',
      subject: `meeting-${call.id}`,
      companyId: null,
    }),
    priority: { priorityKey: priorities.booking },
  });
  return temporal.workflow.executeUpdateWithStart<Workflow, BookingAnswer, []>(changeUpdateName, {
    startWorkflowOperation,
    updateId: `${changeUpdateName}-${key}`,
  });
};

const change = async (
  { temporal, logger, starter }: ApiDependencies,
  context: Context,
  call: CallFacts,
  wanted: CallChange,
): Promise<void> => {
  let answer: BookingAnswer;
  try {
    answer = await withinTime(starter, runChange(temporal, call, wanted));
  } catch (error) {
    logger.error({ meetingId: call.id, err: error }, 'the change of a call gave no answer');
    throw unavailable('Calls cannot be changed at the moment. Please try again in a few minutes.');
  }
  if (!answer.ok) {
    if (!wantsPage(context)) throw new HttpError(answer.status, answer.message);
    context.status = answer.status;
    context.type = 'html';
    context.body = messagePage('The call was not changed', answer.message);
    return;
  }
  if (!wantsPage(context)) {
    context.body = { status: 'ok' };
    return;
  }
  context.type = 'html';
  context.body =
    wanted.kind === 'cancel'
      ? messagePage('The call is cancelled', 'The invitation is taken back.')
      : messagePage('The call is moved', 'A new invitation is on its way.');
};

/** POST /callbooker/meeting/:uuid/cancel/ {s} */
export const cancelCall =
  (dependencies: ApiDependencies, limits: BookingLimits) =>
  async (context: Context): Promise<void> => {
    const { s } = await parseBody(context, cancelBody);
    await limits.check(context.ip, null);
    const call = await linkedCall(dependencies, String(context['params'].uuid), s);
    await change(dependencies, context, call, { kind: 'cancel' });
  };

/** POST /callbooker/meeting/:uuid/reschedule/ {s, meeting_dt} */
export const rescheduleCall =
  (dependencies: ApiDependencies, limits: BookingLimits) =>
  async (context: Context): Promise<void> => {
    const body = await parseBody(context, moveBody);
    await limits.check(context.ip, null);
    const call = await linkedCall(dependencies, String(context['params'].uuid), body.s);
    await change(dependencies, context, call, { kind: 'move', start: body.meeting_dt.toISOString() });
  };
