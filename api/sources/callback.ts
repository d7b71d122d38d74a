/** POST <path>: the webhooks of a further sender (sources/source.ts). */
import type { Context } from 'koa';
import { fileDelivery } from '../../inbox/file.ts';
import { startFiled, startGraceSeconds } from '../../inbox/starter.ts';
import type { WebhookSource } from '../../sources/source.ts';
import type { ApiDependencies } from '../context.ts';
import { unauthorized, validationError } from '../errors.ts';
import { parseJson, readRawBody } from '../middleware/rawBody.ts';

/** Verifies the raw bytes, files one row per event, answers; runs start behind the answer. */
export const sourceCallback =
  (source: WebhookSource, { environment, pool, starter }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const body = await readRawBody(context);
    if (!source.isAuthentic(body, context, environment)) throw unauthorized();
    const reading = source.read(parseJson(body));
    if (!reading.ok) throw validationError('body', reading.issues);
    const startsNow = starter.takePlace();
    const filed = await fileDelivery(pool, {
      source: source.name,
      body,
      events: reading.events,
      startGraceSeconds: startsNow ? startGraceSeconds : 0,
    });
    startFiled(starter, filed, startsNow);
    context.state.webhookIds = filed.map(({ webhookId }) => webhookId);
    context.body = { status: 'ok' };
  };
