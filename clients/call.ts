/**
 * One call to a peer, from its description to a `CallResult`: exactly one request, whatever comes of it.
 *
 * Retries belong to Temporal and rates to the limiter before the call, so neither happens here.
 */
import type { z } from 'zod';
import { failSpan, SpanKind, withSpan } from '../observability/spans.ts';
import type { CallBudget, CallFailure, CallMeta, CallResult, Verdict } from './failure.ts';
import { holdCall, type InventId } from './hold.ts';
import type { AnswerHeaders } from './http/answerHeaders.ts';
import { requestJson } from './http/request.ts';
import type { HttpAnswer, HttpBody, HttpMethod, HttpNoAnswer } from './http/request.ts';

/**
 * What carrying the call out twice would do: nothing (`none`: it only reads), nothing more (`repeatable`: a change to a
 * given state, or a create under an id of ours), or harm (`once`: a create under an id the peer chooses).
 */
export type Effect = 'none' | 'repeatable' | 'once';

export type QueryValue = string | number | boolean | readonly (string | number)[] | undefined;

export type Call<T> = {
  method: HttpMethod;
  /** A path with `:name` for each of `params`. */
  endpoint: string;
  effect: Effect;
  /** Checks and shapes the body of a 2xx answer. */
  schema: z.ZodType<T>;
  params?: Readonly<Record<string, string | number>>;
  /** Lists are joined by commas, undefined is left out. */
  query?: Readonly<Record<string, QueryValue>>;
  headers?: Readonly<Record<string, string>>;
  body?: HttpBody | undefined;
  tokens?: number;
  signal?: AbortSignal | undefined;
};

export type Peer = {
  /** The peer's name in summaries. */
  name: string;
  baseUrl: string;
  headers: Readonly<Record<string, string>>;
  timeoutMs: number;
  /** Maps an answer outside 2xx by its status and code. */
  judge: (answer: HttpAnswer, call: { method: HttpMethod; effect: Effect }) => Verdict;
  budget?: (headers: AnswerHeaders) => CallBudget | undefined;
  /** Set in shadow mode: what would change something is not sent. */
  shadow?: InventId | undefined;
};

const harmlessName = /^[\w-]{1,64}$/;

/** Where an answer differs from the schema. A path's part that is not a plain name (an e-mail as a key) is hidden. */
const issueFields = (error: z.core.$ZodError): string[] => {
  const paths = error.issues.map((issue) =>
    issue.path.map((part) => (harmlessName.test(String(part)) ? String(part) : '*')).join('.'),
  );
  return [...new Set(paths)].filter((path) => path !== '').slice(0, 20);
};

const urlOf = (baseUrl: string, call: Pick<Call<unknown>, 'endpoint' | 'params' | 'query'>): string => {
  const path = call.endpoint.replace(/:([A-Za-z]+)/g, (_, name: string) => {
    const value = call.params?.[name];
    const text = String(value ?? '');
    // Dots survive encoding, and URL would take them for steps up the path: another endpoint.
    if (/^\.{0,2}$/.test(text)) throw new Error(`${call.endpoint} needs a usable ${name}`);
    return encodeURIComponent(text);
  });
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) query.set(name, Array.isArray(value) ? value.join(',') : String(value));
  }
  const search = query.toString();
  return `${baseUrl.replace(/\/+$/, '')}${path}${search === '' ? '' : `?${search}`}`;
};

const summaryOf = (
  peer: string,
  call: Pick<Call<unknown>, 'method' | 'endpoint'>,
  failure: Pick<CallFailure, 'kind' | 'status' | 'code' | 'fields'>,
): string => {
  const parts = [failure.status, failure.code].filter((part) => part !== undefined).join(' ');
  const fields =
    failure.fields === undefined || failure.fields.length === 0 ? '' : ` (${failure.fields.join(', ')})`;
  return `${peer} ${call.method} ${call.endpoint}: ${failure.kind}${parts === '' ? '' : ` ${parts}`}${fields}`;
};

/** Builds the failure of a call, with a summary that names no values. */
export const callFailure = (
  peer: string,
  call: Pick<Call<unknown>, 'method' | 'endpoint'>,
  parts: Omit<CallFailure, 'summary'>,
): CallFailure => ({ ...parts, summary: summaryOf(peer, call, parts) });

const noAnswerCodes: Record<HttpNoAnswer['reason'], string> = {
  timeout: 'TIMEOUT',
  connection: 'CONNECTION',
  aborted: 'ABORTED',
  tooLarge: 'ANSWER_TOO_LARGE',
  redirect: 'REDIRECT',
};

/** A call whose result nobody knows: harmless unless it creates something that a second call would create again. */
const uncertain = (effect: Effect, sent: boolean): Pick<CallFailure, 'kind' | 'mayHaveHappened'> => ({
  kind: effect === 'once' && sent ? 'unknownResult' : 'transient',
  mayHaveHappened: effect !== 'none' && sent,
});

/** A server that failed, or gave up waiting, may have done the work before. */
const mayHaveActed = (status: number, effect: Effect): boolean =>
  effect !== 'none' && (status >= 500 || status === 408);

/** In shadow mode: the answer that the peer would have given, and no request. */
const shadowCall = async <T>(call: Call<T>, invent: InventId): Promise<CallResult<T>> => {
  const { held, answer } = await holdCall(call, invent);
  const meta: CallMeta = { method: call.method, endpoint: call.endpoint, durationMs: 0, held };
  return { ok: true, data: call.schema.parse(answer), meta };
};

const sendCall = async <T>(peer: Peer, call: Call<T>): Promise<CallResult<T>> => {
  if (peer.shadow !== undefined && call.effect !== 'none') return shadowCall(call, peer.shadow);
  const outcome = await requestJson({
    method: call.method,
    url: urlOf(peer.baseUrl, call),
    headers: { ...peer.headers, ...call.headers },
    body: call.body,
    timeoutMs: peer.timeoutMs,
    signal: call.signal,
  });
  const budget = outcome.kind === 'answer' ? peer.budget?.(outcome.headers) : undefined;
  const meta: CallMeta = {
    method: call.method,
    endpoint: call.endpoint,
    ...(outcome.status === undefined ? {} : { status: outcome.status }),
    durationMs: outcome.durationMs,
    ...(call.tokens === undefined ? {} : { tokens: call.tokens }),
    ...(budget === undefined ? {} : { budget }),
  };
  const failed = (parts: Omit<CallFailure, 'summary'>): CallResult<T> => ({
    ok: false,
    failure: callFailure(peer.name, call, parts),
    meta,
  });

  if (outcome.kind === 'noAnswer') {
    return failed({
      ...uncertain(call.effect, outcome.sent),
      ...(outcome.status === undefined ? {} : { status: outcome.status }),
      code: outcome.code ?? noAnswerCodes[outcome.reason],
    });
  }

  const { status } = outcome;
  if (status < 200 || status >= 300) {
    return failed({
      ...peer.judge(outcome, call),
      status,
      mayHaveHappened: mayHaveActed(status, call.effect),
      body: outcome.body ?? outcome.text,
    });
  }

  const parsed = call.schema.safeParse(outcome.body);
  if (parsed.success) return { ok: true, data: parsed.data, meta };
  const fields = issueFields(parsed.error);
  return failed({
    ...uncertain(call.effect, true),
    status,
    code: outcome.body === undefined ? 'UNREADABLE_ANSWER' : 'UNEXPECTED_ANSWER',
    ...(fields.length === 0 ? {} : { fields }),
    body: outcome.body ?? outcome.text,
  });
};

/** Sends the call once, in a span, and says what came of it; throws only for a mistake in the call's description. */
export const performCall = <T>(peer: Peer, call: Call<T>): Promise<CallResult<T>> =>
  withSpan(
    {
      name: `${call.method} ${call.endpoint}`,
      kind: SpanKind.CLIENT,
      attributes: {
        'http.request.method': call.method,
        'url.template': call.endpoint,
        'server.address': new URL(peer.baseUrl).host,
      },
    },
    async (span) => {
      const result = await sendCall(peer, call);
      if (result.meta.status !== undefined) {
        span.setAttribute('http.response.status_code', result.meta.status);
      }
      if (!result.ok) failSpan(span, result.failure.kind);
      return result;
    },
  );
