/**
 * Access tokens of a service account with domain-wide delegation: one per impersonated user.
 *
 * The assertion is signed here (RFC 7523, RS256) because google-auth-library 10 has the address of the token endpoint
 * written into it as URL and as audience, repeats the token request by itself, and has no time limit.
 * https://developers.google.com/identity/protocols/oauth2/service-account#httprest
 */
import { createPrivateKey, createSign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { callFailure, performCall } from '../call.ts';
import type { Peer } from '../call.ts';
import type { CallOptions, CallResult } from '../failure.ts';
import { judgeToken } from './failures.ts';

export type TokenSourceOptions = {
  tokenUri: string;
  clientEmail: string;
  /** PEM. */
  privateKey: string;
  privateKeyId?: string | undefined;
  scope: string;
  timeoutMs: number;
  now: () => Date;
};

export type TokenSource = {
  /** A token that is good for five more minutes at least: the one at hand, or a new one. Calls at one time share a request. */
  tokenFor: (subject: string, options?: CallOptions) => Promise<CallResult<string>>;
  /** Forgets a token that the API refused; a newer one stays. */
  drop: (subject: string, token: string) => void;
};

const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const assertionSeconds = 60 * 60;
const renewEarlyMs = 5 * 60 * 1000;

const tokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.number().positive() });

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const readKey = (pem: string): KeyObject | undefined => {
  try {
    return createPrivateKey(pem);
  } catch {
    return undefined;
  }
};

/** The promise, or the fallback as soon as the signal fires: a shared request goes on for the others that wait for it. */
const orAborted = async <T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  fallback: () => T,
): Promise<T> => {
  if (signal === undefined) return work;
  if (signal.aborted) return fallback();
  let onAbort = () => {};
  const aborted = new Promise<T>((resolve) => {
    onAbort = () => resolve(fallback());
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};

const endpointOf = (tokenUri: string): { origin: string; path: string } => {
  const url = new URL(tokenUri);
  return { origin: url.origin, path: url.pathname };
};

/** Gives the token source of one service account. */
export const createTokenSource = (options: TokenSourceOptions): TokenSource => {
  const { origin, path } = endpointOf(options.tokenUri);
  const peer: Peer = {
    name: 'Google',
    baseUrl: origin,
    headers: {},
    timeoutMs: options.timeoutMs,
    judge: judgeToken,
  };
  const request = { method: 'POST', endpoint: path } as const;
  const key = readKey(options.privateKey);
  const held = new Map<string, { token: string; renewAt: number }>();
  const underWay = new Map<string, Promise<CallResult<string>>>();

  const failedBefore = (kind: 'unauthorised' | 'transient', code: string): CallResult<string> => ({
    ok: false,
    failure: callFailure(peer.name, request, { kind, code, mayHaveHappened: false }),
    meta: { ...request, durationMs: 0 },
  });

  const sign = (subject: string, signingKey: KeyObject): string => {
    const issuedAt = Math.floor(options.now().getTime() / 1000);
    const header = { alg: 'RS256', typ: 'JWT', ...(options.privateKeyId && { kid: options.privateKeyId }) };
    const claims = {
      iss: options.clientEmail,
      sub: subject,
      scope: options.scope,
      aud: options.tokenUri,
      iat: issuedAt,
      exp: issuedAt + assertionSeconds,
    };
    const input = `${base64url(header)}.${base64url(claims)}`;
    return `${input}.${createSign('RSA-SHA256').update(input).sign(signingKey, 'base64url')}`;
  };

  const fetchToken = async (subject: string): Promise<CallResult<string>> => {
    if (key?.asymmetricKeyType !== 'rsa') return failedBefore('unauthorised', 'UNREADABLE_PRIVATE_KEY');
    const askedAt = options.now().getTime();
    const result = await performCall(peer, {
      ...request,
      effect: 'none',
      schema: tokenAnswer,
      body: { form: { grant_type: grantType, assertion: sign(subject, key) } },
    });
    if (!result.ok) return result;
    const { access_token: token, expires_in: seconds } = result.data;
    held.set(subject, { token, renewAt: askedAt + seconds * 1000 - renewEarlyMs });
    return { ok: true, data: token, meta: result.meta };
  };

  const shared = (subject: string): Promise<CallResult<string>> => {
    const running = underWay.get(subject);
    if (running !== undefined) return running;
    const started = fetchToken(subject).finally(() => underWay.delete(subject));
    underWay.set(subject, started);
    return started;
  };

  return {
    tokenFor: async (subject, callOptions) => {
      const known = held.get(subject);
      if (known !== undefined && options.now().getTime() < known.renewAt) {
        return { ok: true, data: known.token, meta: { ...request, durationMs: 0 } };
      }
      return orAborted(shared(subject), callOptions?.signal, () => failedBefore('transient', 'ABORTED'));
    },
    drop: (subject, token) => {
      if (held.get(subject)?.token === token) held.delete(subject);
    },
  };
};
