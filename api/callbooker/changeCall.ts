/**
 * Cancelling and moving a booked call, by the signed link in the invitation.
 *
 * GET shows the call, as a page to a browser and as JSON to everybody else; two POSTs change it. The link is the right to do so: it
 * names the meeting by an unguessable uuid and is signed.
 */
import { randomBytes } from 'node:crypto';
import { WithStartWorkflowOperation, type Client } from '@temporalio/client';
import type { Workflow } from '@temporalio/common';
import type { Context } from 'koa';
import { z } from 'zod';
import { meetingTerms, zoneOf } from '../../activities/hermes/bookings/meetingTerms.ts';
import { freeSlots } from '../../domain/availability/slots.ts';
import { without, type Period } from '../../domain/availability/touching.ts';
import { isMeetingLink } from '../../domain/callbooker/meetingLink.ts';
import { faultText } from '../../domain/values/faultText.ts';
import { moment } from '../../domain/values/moment.ts';
import { startAttributes } from '../../temporal/searchAttributes.ts';
import { taskQueues } from '../../temporal/taskQueues.ts';
import type { BookingAnswer } from '../../workflows/bookingSteps.ts';
import { callChangeId, changeUpdateName, type CallChange } from '../../workflows/callChange.ts';
import { priorities } from '../../workflows/names.ts';
import type { ApiDependencies } from '../context.ts';
import { HttpError, notFound, unauthorized, unavailable, validationError } from '../errors.ts';
import { parseJson, readRawBody } from '../middleware/rawBody.ts';
import type { BusyReader } from './busyCalendar.ts';
import { callPage, messagePage } from './callPage.ts';
import type { BookingLimits } from './limits.ts';
import { takenSlots } from './takenSlots.ts';
import { waitMs, withinTime } from './withinTime.ts';

/** Times that are offered for a move. */
const offeredDays = 14;
/** Nobody is offered a call that begins right away. */
const noticeMs = 2 * 3_600_000;
const dayMs = 86_400_000;

/** The run does nothing new after this: its visitor is about to be told that it failed. */
const expiryMs = 8000;

export interface CallFacts {
  id: number;
  uuid: string;
  status: string;
  meeting_type: 'sales' | 'support';
  start_time: Date;
  end_time: Date;
  admin_id: number;
  first_name: string;
  last_name: string;
  username: string;
  timezone: string;
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The call that a link speaks of. @throws HttpError 403 for a link that Hermes did not sign */
const linkedCall = async (
  { db, environment }: ApiDependencies,
  uuid: string,
  signature: string,
): Promise<CallFacts> => {
  const key = environment.SIGNING_KEY;
  if (key === undefined || !uuidPattern.test(uuid) || !isMeetingLink(key, uuid, signature)) {
    throw unauthorized('Invalid signature');
  }
  const call = await db('meeting as m')
    .join('admin as a', 'a.id', 'm.admin_id')
    .where('m.uuid', uuid)
    .whereNotNull('m.start_time')
    .first<CallFacts | undefined>(
      'm.id',
      'm.uuid',
      'm.status',
      'm.meeting_type',
      'm.start_time',
      'm.end_time',
      'm.admin_id',
      'a.first_name',
      'a.last_name',
      'a.username',
      'a.timezone',
    );
  if (call === undefined) throw notFound('There is no such call');
  return call;
};

const wantsPage = (context: Context): boolean => context.accepts('json', 'html') === 'html';

const offeredSlots = async (
  { db, environment }: ApiDependencies,
  calendars: BusyReader | null,
  call: CallFacts,
): Promise<Period[]> => {
  if (calendars === null) return [];
  const from = new Date(Date.now() + noticeMs);
  const to = new Date(from.getTime() + offeredDays * dayMs);
  const own = { start: call.start_time, end: call.end_time };
  const [terms, taken, answer] = await Promise.all([
    meetingTerms(db, environment),
    takenSlots(db, call.admin_id, from, to, call.id),
    calendars.read({ id: call.admin_id, username: call.username }, from, to),
  ]);
  if (answer.kind !== 'read') return [];
  const busy = without(answer.busy, own);
  const timezone = zoneOf(call, environment);
  return freeSlots({ ...terms, timezone, from, to, busy, taken }).filter(
    ({ start }) => start.getTime() !== call.start_time.getTime(),
  );
};

const isOpen = (call: CallFacts): boolean =>
  call.status === 'PLANNED' && call.start_time.getTime() > Date.now();

/** GET /callbooker/meeting/:uuid/?s */
export const showCall =
  (dependencies: ApiDependencies, calendars: BusyReader | null) =>
  async (context: Context): Promise<void> => {
    const uuid = String(context['params'].uuid);
    const signature = String(context.query['s'] ?? '');
    const call = await linkedCall(dependencies, uuid, signature);
    if (!wantsPage(context)) {
      context.body = {
        status: 'ok',
        meeting: {
          status: call.status,
          meeting_type: call.meeting_type,
          start: call.start_time.toISOString(),
          end: call.end_time.toISOString(),
          admin: `${call.first_name} ${call.last_name}`.trim(),
        },
      };
      return;
    }
    const slots = isOpen(call) ? await offeredSlots(dependencies, calendars, call) : [];
    context.type = 'html';
    context.body = callPage({
      call,
      signature,
      slots,
      timezone: zoneOf(call, dependencies.environment),
      open: isOpen(call),
    });
  };

const text = z.string().max(200);
export const cancelBody = z.object({ s: text });
export const moveBody = z.object({ s: text, meeting_dt: moment });

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

const runChange = async (temporal: Client, call: CallFacts, change: CallChange): Promise<BookingAnswer> => {
  const nonce = randomBytes(6).toString('hex');
  const startWorkflowOperation = new WithStartWorkflowOperation('CallChanged', {
    workflowId: callChangeId(call.id, nonce),
    taskQueue: taskQueues.hermes,
    args: [{ meetingId: call.id, change, expiresAt: Date.now() + expiryMs }],
    workflowIdConflictPolicy: 'FAIL',
    staticSummary: `meeting ${call.id}, ${change.kind}`,
    typedSearchAttributes: startAttributes({
      source: 'callbooker',
      subject: `meeting-${call.id}`,
      companyId: null,
    }),
    priority: { priorityKey: priorities.booking },
  });
  return temporal.withDeadline(Date.now() + waitMs, () =>
    temporal.workflow.executeUpdateWithStart<Workflow, BookingAnswer, []>(changeUpdateName, {
      startWorkflowOperation,
      updateId: `${changeUpdateName}-${nonce}`,
    }),
  );
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
