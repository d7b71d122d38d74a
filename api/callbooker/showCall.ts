import type { Context } from 'koa';
import { zoneOf } from '../../activities/hermes/bookings/meetingTerms.ts';
import type { ApiDependencies } from '../context.ts';
import type { BusyReader } from './busyCalendar.ts';
import { callPage } from './callPage.ts';
import { linkedCall, wantsPage, type CallFacts } from './linkedCall.ts';
import { offeredSlots } from './offeredSlots.ts';

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
