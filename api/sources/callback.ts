/** POST <path>: the webhooks of a further sender (sources/source.ts). */
import type { Context } from 'koa';
import type { WebhookSource } from '../../sources/source.ts';
import type { ApiDependencies } from '../context.ts';
import { forbidden, validationError } from '../errors.ts';
import { parseJson, readRawBody } from '../middleware/rawBody.ts';
import { takeDelivery } from '../takeDelivery.ts';

/** Verifies the raw bytes, files one row per event, answers; runs start behind the answer. */
export const sourceCallback =
  (source: WebhookSource, dependencies: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const body = await readRawBody(context);
    if (!source.isAuthentic(body, context, dependencies.environment)) throw forbidden();
    const reading = source.read(parseJson(body));
    if (!reading.ok) throw validationError('body', reading.issues);
    await takeDelivery(dependencies, context, { source: source.name, body, events: reading.events });
  };
