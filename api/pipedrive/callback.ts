/**
 * POST /pipedrive/callback/: Pipedrive's webhooks.
 *
 * Pipedrive bans a receiver for half an hour after ten first attempts that failed, and what happens meanwhile is lost: so whatever
 * is an object is taken and answered 200, and what cannot be understood is kept with the reason.
 */
import type { Context } from 'koa';
import { readHead, type PipedriveHead } from '../../domain/pipedriveWebhook/envelope.ts';
import type { Environment } from '../../environment/environment.ts';
import type { ArrivedEvent } from '../../inbox/event.ts';
import type { ApiDependencies } from '../context.ts';
import { HttpError, validationError } from '../errors.ts';
import { parseJson, readRawBody } from '../middleware/rawBody.ts';
import { singleHeader } from '../middleware/singleHeader.ts';
import { takeDelivery } from '../takeDelivery.ts';
import { isAuthorised, type BasicCredentials } from './basicAuth.ts';

const credentialsOf = (environment: Environment): BasicCredentials | null => {
  const { PD_WEBHOOK_PASSWORD: current, PD_WEBHOOK_PASSWORD_PREVIOUS: previous } = environment;
  if (current === undefined) return null;
  return {
    username: environment.PD_WEBHOOK_USERNAME,
    passwords: previous === undefined ? [current] : [current, previous],
  };
};

const arrived = (head: PipedriveHead): ArrivedEvent => ({
  type: head.type,
  subject: head.subject,
  summary: head.summary,
  eventAt: head.eventAt,
  ignoredBecause: head.ignoredBecause,
  content: head.content,
  companyBy: head.organizationId === null ? null : { column: 'pd_org_id', value: head.organizationId },
  ...(head.dedupeKey === undefined ? {} : { dedupeKey: head.dedupeKey }),
});

/** Asks for the password, files the event, answers; its run starts behind the answer. */
export const pipedriveCallback = (dependencies: ApiDependencies) => {
  const credentials = credentialsOf(dependencies.environment);
  return async (context: Context): Promise<void> => {
    if (credentials !== null && !isAuthorised(singleHeader(context, 'authorization'), credentials)) {
      throw new HttpError(401, 'Unauthorized', {
        headers: { 'www-authenticate': 'Basic realm="hermes", charset="UTF-8"' },
      });
    }
    const body = await readRawBody(context);
    const head = readHead(parseJson(body));
    if (head === null) throw validationError('body', [{ path: [], message: 'must be an object' }]);
    await takeDelivery(dependencies, context, { source: 'pipedrive', body, events: [arrived(head)] });
  };
};
