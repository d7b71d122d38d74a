/**
 * The one place where Hermes speaks HTTP as a client.
 *
 * Built on fetch, with the bounds every outside peer gets: a deadline for the whole exchange, no redirects, a limited
 * size. It never throws for what a network or a peer does, and never puts a header, a URL or an error's text into what it
 * returns, because all three can carry secrets.
 */
import { BodyTooLarge, readBounded } from './boundedBody.ts';
import { errorCodeOf, wasSurelyNotSent } from './networkError.ts';

export type HttpMethod = 'GET' | 'POST' | 'PATCH' | 'DELETE';

export type HttpBody = { json: unknown } | { form: Readonly<Record<string, string>> };

export type Fetch = typeof globalThis.fetch;

export type HttpRequest = {
  method: HttpMethod;
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: HttpBody | undefined;
  /** For the whole exchange, the body included. */
  timeoutMs?: number | undefined;
  /** The caller's wish to stop, e.g. a cancelled activity. */
  signal?: AbortSignal | undefined;
  /** Of the decoded body. */
  maxBytes?: number | undefined;
  fetch?: Fetch | undefined;
};

export type HttpAnswer = {
  kind: 'answer';
  status: number;
  headers: Headers;
  /** The parsed JSON whatever the content type says; undefined when the body is empty or is not JSON. */
  body: unknown;
  /** The first characters of the body as text, for the call log. */
  text: string;
  durationMs: number;
};

export type NoAnswerReason = 'timeout' | 'connection' | 'aborted' | 'tooLarge' | 'redirect';

export type HttpNoAnswer = {
  kind: 'noAnswer';
  reason: NoAnswerReason;
  /** Whether the request may have reached the peer: false only when it surely did not. */
  sent: boolean;
  /** The system's error code, such as ECONNREFUSED. */
  code?: string;
  /** The status, when the head of an answer was seen. */
  status?: number;
  durationMs: number;
};

export type HttpOutcome = HttpAnswer | HttpNoAnswer;

const defaultTimeoutMs = 30_000;
const defaultMaxBytes = 10 * 1024 * 1024;
const excerptCharacters = 4_000;

const encode = (body: HttpBody | undefined): { contentType?: string; payload?: string } => {
  if (body === undefined) return {};
  if ('json' in body) return { contentType: 'application/json', payload: JSON.stringify(body.json) };
  return {
    contentType: 'application/x-www-form-urlencoded',
    payload: new URLSearchParams(body.form).toString(),
  };
};

const parseJson = (text: string): unknown => {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Sends one request and gives what came of it. Any status is an answer, except a redirect. */
export const requestJson = async (request: HttpRequest): Promise<HttpOutcome> => {
  const startedAt = performance.now();
  const durationMs = () => Math.round(performance.now() - startedAt);
  if (request.signal?.aborted === true) {
    return { kind: 'noAnswer', reason: 'aborted', sent: false, durationMs: 0 };
  }

  // A controller of our own instead of AbortSignal.any: the reason stays known and nothing outlives the request.
  const controller = new AbortController();
  let stopped: 'timeout' | 'aborted' | undefined;
  const stop = (reason: 'timeout' | 'aborted') => {
    stopped ??= reason;
    controller.abort();
  };
  const onAbort = () => stop('aborted');
  request.signal?.addEventListener('abort', onAbort, { once: true });
  const deadline = setTimeout(() => stop('timeout'), request.timeoutMs ?? defaultTimeoutMs);

  let status: number | undefined;
  try {
    const { contentType, payload } = encode(request.body);
    const response = await (request.fetch ?? fetch)(request.url, {
      method: request.method,
      headers: {
        accept: 'application/json',
        'user-agent': 'hermes',
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
        ...request.headers,
      },
      ...(payload === undefined ? {} : { body: payload }),
      redirect: 'manual',
      signal: controller.signal,
    });
    status = response.status;
    if (status >= 300 && status < 400) {
      // Following one could carry our credentials to another host.
      await response.body?.cancel();
      return { kind: 'noAnswer', reason: 'redirect', sent: true, status, durationMs: durationMs() };
    }
    const text = await readBounded(response, request.maxBytes ?? defaultMaxBytes);
    return {
      kind: 'answer',
      status,
      headers: response.headers,
      body: parseJson(text),
      text: text.slice(0, excerptCharacters),
      durationMs: durationMs(),
    };
  } catch (error) {
    const seen = status === undefined ? {} : { status };
    if (error instanceof BodyTooLarge) {
      return { kind: 'noAnswer', reason: 'tooLarge', sent: true, ...seen, durationMs: durationMs() };
    }
    if (stopped !== undefined) {
      return { kind: 'noAnswer', reason: stopped, sent: true, ...seen, durationMs: durationMs() };
    }
    const code = errorCodeOf(error);
    return {
      kind: 'noAnswer',
      reason: 'connection',
      sent: !wasSurelyNotSent(error),
      ...(code === undefined ? {} : { code }),
      ...seen,
      durationMs: durationMs(),
    };
  } finally {
    clearTimeout(deadline);
    request.signal?.removeEventListener('abort', onAbort);
  }
};
