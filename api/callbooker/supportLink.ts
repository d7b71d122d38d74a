/** Support links: made for TutorCruncher's staff, checked for the website (LNK). */
import type { Context } from 'koa';
import { z } from 'zod';
import { lockRemoteRecord, saveRemoteRecord } from '../../activities/hermes/remoteRecord.ts';
import { storeClient } from '../../activities/hermes/tc2Events/storeClient.ts';
import { createTc2Client, type Tc2Client } from '../../clients/tc2/client.ts';
import { checkSupportLink, supportLinkUrl } from '../../domain/callbooker/supportLink.ts';
import { parseClient } from '../../domain/tc2/client.ts';
import { identifier } from '../../domain/values/identifier.ts';
import { isLiveSecret } from '../../domain/values/sameSecret.ts';
import type { ApiDependencies } from '../context.ts';
import { badRequest, forbidden, HttpError, notFound, unavailable } from '../errors.ts';
import { singleHeader } from '../middleware/singleHeader.ts';
import { parseQuery } from '../query.ts';
import { missingKey } from '../../environment/environment.ts';
import { onceMore } from './onceMore.ts';

const tc2TimeoutMs = 8000;
const dayMs = 86_400_000;

const signingKey = ({ environment }: Pick<ApiDependencies, 'environment'>): string => {
  if (environment.SIGNING_KEY !== undefined) return environment.SIGNING_KEY;
  throw unavailable('Support links cannot be used: SIGNING_KEY is not set');
};

/** Reads a client that Hermes does not know from TC2 and stores it, without a deal and without telling Pipedrive (TCD-07). */
const importCompany = async (
  { db, environment, logger }: ApiDependencies,
  tc2: Tc2Client,
  cligencyId: number,
): Promise<number> => {
  const readAt = new Date();
  const result = await onceMore(() => tc2.getClient(cligencyId));
  if (!result.ok) {
    if (result.failure.kind === 'gone') throw notFound('Company not found');
    logger.error({ cligencyId, failure: result.failure.summary }, 'a client could not be read from TC2');
    throw unavailable('TutorCruncher cannot be read at the moment. Please try again in a few minutes.');
  }
  const parse = parseClient(result.data);
  if (!parse.ok || parse.client.cligencyId !== cligencyId) {
    logger.warn({ cligencyId }, 'the client for a support link is not one that can become a company');
    throw notFound('Company not found');
  }
  const { client } = parse;
  const stored = await db.transaction(async (trx) => {
    const known = await lockRemoteRecord(trx, 'tc2', 'client', cligencyId);
    const answer = await storeClient(trx, client, {
      by: { source: 'tc2', webhookId: null },
      wantsDeal: false,
      wantsSync: false,
      tc2BaseUrl: environment.TC2_BASE_URL,
      now: readAt,
    });
    if (answer.ok && (known.event_at === null || known.event_at < readAt)) {
      await saveRemoteRecord(trx, 'tc2', 'client', cligencyId, { event_at: readAt, deleted_at: null });
    }
    return answer;
  });
  if (!stored.ok) throw badRequest(`The company cannot be stored: ${stored.message}`);
  return stored.companyId;
};

export const generateQuery = z.object({ tc2_admin_id: identifier, tc2_cligency_id: identifier });

/** GET /callbooker/support-link/generate/tc2/ (LNK-01 to LNK-07). */
export const generateSupportLink = (dependencies: ApiDependencies): ((context: Context) => Promise<void>) => {
  const { db, environment } = dependencies;
  const tc2 = createTc2Client({
    baseUrl: environment.TC2_BASE_URL,
    apiKey: environment.TC2_API_KEY ?? missingKey,
    timeoutMs: tc2TimeoutMs,
  });
  return async (context) => {
    const [, given = ''] = singleHeader(context, 'authorization').split(' ');
    const keys = [environment.TC2_API_KEY, environment.TC2_API_KEY_PREVIOUS];
    if (!isLiveSecret(given, keys)) throw forbidden();
    const query = parseQuery(context, generateQuery);
    const key = signingKey(dependencies);

    const admin = await db('admin')
      .where({ tc2_admin_id: query.tc2_admin_id })
      .first<{ id: number } | undefined>('id');
    if (admin === undefined) throw notFound('Admin not found');
    const company = await db('company')
      .where({ tc2_cligency_id: query.tc2_cligency_id })
      .first<{ id: number } | undefined>('id');
    const companyId = company?.id ?? (await importCompany(dependencies, tc2, query.tc2_cligency_id));

    const expires = Math.floor((Date.now() + environment.SUPPORT_TTL_DAYS * dayMs) / 1000);
    context.body = {
      link: supportLinkUrl(environment.CALLBOOKER_BASE_URL, key, { adminId: admin.id, companyId, expires }),
    };
  };
};

export const validateQuery = z.object({
  admin_id: identifier,
  company_id: identifier,
  e: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER),
  s: z.string(),
});

/**
 * GET /callbooker/support-link/validate/ (LNK-08 to LNK-13).
 *
 * The signature comes first: who cannot sign learns nothing about which companies exist.
 */
export const validateSupportLink =
  (dependencies: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const { db, environment } = dependencies;
    const query = parseQuery(context, validateQuery);
    const link = { adminId: query.admin_id, companyId: query.company_id, expires: query.e };
    const verdict = checkSupportLink(signingKey(dependencies), link, query.s, {
      now: new Date(),
      acceptLegacy: environment.LEGACY_SUPPORT_LINKS,
    });
    if (verdict === 'badSignature') throw new HttpError(403, 'Invalid signature');
    if (verdict === 'expired') throw new HttpError(403, 'Link has expired');
    const [admin, company] = await Promise.all([
      db('admin').where({ id: link.adminId }).first<{ id: number } | undefined>('id'),
      db('company').where({ id: link.companyId }).first<{ name: string } | undefined>('name'),
    ]);
    if (admin === undefined || company === undefined) throw notFound('Admin or Company not found');
    context.body = { status: 'ok', company_name: company.name };
  };
