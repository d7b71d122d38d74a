import type { Context } from 'koa';
import type { ArrivedEvent } from '../inbox/event.ts';
import { fileDelivery } from '../inbox/file.ts';
import { startFiled, startGraceSeconds } from '../inbox/starter.ts';
import type { EventSource } from '../workflows/names.ts';
import type { ApiDependencies } from './context.ts';

/** Files one row per event and answers; the runs start behind the answer. */
export const takeDelivery = async (
  { pool, starter }: Pick<ApiDependencies, 'pool' | 'starter'>,
  context: Context,
  { source, body, events }: { source: EventSource; body: Buffer; events: ArrivedEvent[] },
): Promise<void> => {
  const startsNow = starter.takePlace();
  const filed = await fileDelivery(pool, {
    source,
    body,
    events,
    startGraceSeconds: startsNow ? startGraceSeconds : 0,
  });
  startFiled(starter, filed, startsNow);
  context.state.webhookIds = filed.map(({ webhookId }) => webhookId);
  const ignored = events.find(({ ignoredBecause }) => ignoredBecause !== null);
  if (ignored !== undefined) context.state.note = ignored.ignoredBecause;
  context.body = { status: 'ok' };
};
