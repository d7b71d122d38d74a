/** POST /tc2/callback/: TutorCruncher's webhooks. */
import type { Context } from 'koa';
import { parseEnvelope, type Tc2EventHead } from '../../domain/tc2/envelope.ts';
import type { ArrivedEvent } from '../../inbox/event.ts';
import type { ApiDependencies } from '../context.ts';
import { forbidden, validationError } from '../errors.ts';
import { parseJson, readRawBody } from '../middleware/rawBody.ts';
import { singleHeader } from '../middleware/singleHeader.ts';
import { takeDelivery } from '../takeDelivery.ts';
import { isSignedBy } from './signature.ts';

const arrived = (head: Tc2EventHead): ArrivedEvent => ({
  type: head.type,
  subject: head.subject,
  summary: head.summary,
  eventAt: head.eventAt,
  ignoredBecause: head.ignoredBecause,
  content: head.content,
  companyBy: head.cligencyId === null ? null : { column: 'tc2_cligency_id', value: head.cligencyId },
});

/** Verifies the raw bytes, files one row per event, answers; runs start behind the answer. */
export const tc2Callback =
  (dependencies: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const { environment } = dependencies;
    const body = await readRawBody(context);
    const keys = [environment.TC2_API_KEY, environment.TC2_API_KEY_PREVIOUS];
    if (!isSignedBy(body, singleHeader(context, 'webhook-signature'), keys)) throw forbidden();

    const parsed = parseEnvelope(parseJson(body), { invoiceEvents: environment.TC2_INVOICE_EVENTS });
    if (!parsed.ok) throw validationError('body', parsed.issues);
    await takeDelivery(dependencies, context, { source: 'tc2', body, events: parsed.events.map(arrived) });
  };

/**
 * POST /tc2/callback/<anything>/: public-profile webhooks, which nothing is done for. The sender adds `/<extension>` to the address
 * that it has, so an address with a final slash gives two of them; a 404 would count towards switching all of its webhooks off.
 */
export const tc2PublicProfileCallback = (context: Context): void => {
  context.body = { status: 'ok' };
};
