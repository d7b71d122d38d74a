/**
 * The one place where Hermes speaks HTTP as a client.
 *
 * Built on undici's `request`, with the bounds every outside peer gets: a deadline for the whole exchange, no redirects, a
 * limited size. It never throws for what a network or a peer does, and never puts a header, a URL or an error's text into
 * what it returns, because all three can carry secrets.
 */
import { Agent } from 'undici';
import { answerHeaders, type AnswerHeaders } from './answerHeaders.ts';
import { BodyTooLarge, readBounded } from './boundedBody.ts';
import { acceptedCodings, decodeBounded } from './contentCoding.ts';
import { errorCodeOf, wasSurelyNotSent } from './networkError.ts';

export type HttpMethod = 'GET' | 'POST' | 'PATCH' | 'DELETE';

export type HttpBody = { json: unknown } | { form: Readonly<Record<string, string>> };

export type HttpRequest = {
  method: HttpMethod;
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: HttpBody | undefined;
  /** For the whole exchange, the body included. */
  timeoutMs?: number | undefined;
  /** The caller's wish to stop, e.g. a cancelled activity. */
  signal?: AbortSignal | undefined;
  /** Of the body, as it comes and decoded. */
  maxBytes?: number | undefined;
};

export type HttpAnswer = {
  kind: 'answer';
  status: number;
  headers: AnswerHeaders;
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

/** Keeps connections open between requests; an idle one does not keep the process alive. */
const agent = new Agent({
  // The deadline of the request covers both.
  headersTimeout: 0,
  bodyTimeout: 0,
});

const utf8 = new TextDecoder();

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

/**
 * The work, or a rejection as soon as the signal fires: by itself undici lets go of an aborted request only once the
 * connection is made (https://github.com/nodejs/undici/issues/386).
 */
const untilAborted = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  Promise.race([
    work,
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
    }),
  ]);

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
    const { origin, pathname, search } = new URL(request.url);
    const response = await untilAborted(
      agent.request({
        origin,
        path: `${pathname}${search}`,
        method: request.method,
        headers: {
          accept: 'application/json',
          'accept-encoding': acceptedCodings,
          'user-agent': 'hermes',
          ...(contentType === undefined ? {} : { 'content-type': contentType }),
          ...request.headers,
        },
        body: payload ?? null,
        signal: controller.signal,
      }),
      controller.signal,
    );
    status = response.statusCode;
    if (status >= 300 && status < 400) {
      // Following one could carry our credentials to another host.
      response.body.on('error', () => undefined).destroy();
      return { kind: 'noAnswer', reason: 'redirect', sent: true, status, durationMs: durationMs() };
    }
    const headers = answerHeaders(response.headers);
    const maxBytes = request.maxBytes ?? defaultMaxBytes;
    const received = await readBounded(response.body, maxBytes);
    const text = utf8.decode(await decodeBounded(received, headers.get('content-encoding'), maxBytes));
    return {
      kind: 'answer',
      status,
      headers,
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
