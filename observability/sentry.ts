/** Sentry's client without its instrumentation: it sends exactly the events that are made here. */
import { createStackParser, createTransport, type Event, type StackFrame } from '@sentry/core';
import { nodeStackLineParser, ServerRuntimeClient } from '@sentry/core/server';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ErrorLine, ErrorReports } from './errorReports.ts';

const projectRoot = fileURLToPath(new URL('..', import.meta.url));

const parseStack = createStackParser(nodeStackLineParser());

/** One report of a kind in this time: a storm says no more than its first gust. */
const quietMs = 60_000;

const flushMs = 2000;

/** Ids that lead an operator to the subject; anything else of a line stays in the log. */
const idFields = [
  'requestId',
  'webhookId',
  'webhookIds',
  'companyId',
  'meetingId',
  'adminId',
  'workflowId',
  'workflowType',
  'activityType',
  'attempt',
  'part',
] as const;

const isId = (value: unknown): boolean =>
  typeof value === 'number' || (typeof value === 'string' && /^[\w.:-]{1,150}$/.test(value));

const idsOf = (fields: ErrorLine['fields']): Record<string, unknown> =>
  Object.fromEntries(
    idFields
      .map((name) => [name, fields[name]] as const)
      .filter(([, value]) => isId(value) || (Array.isArray(value) && value.every(isId))),
  );

/** Places in the code, below the project's folder: no machine's paths, no values. */
const framesOf = (error: Error): StackFrame[] => {
  const [first = ''] = (error.stack ?? '').split(/\n\s+at /);
  const lines = (error.stack ?? '').slice(first.length);
  return parseStack(lines).map(({ filename = '', function: name, lineno, colno, in_app: own }) => ({
    filename: path.isAbsolute(filename) ? path.relative(projectRoot, filename) : filename,
    ...(name === undefined ? {} : { function: name }),
    ...(lineno === undefined ? {} : { lineno }),
    ...(colno === undefined ? {} : { colno }),
    in_app: own === true,
  }));
};

/** What PostgreSQL and Node name without a value. */
const codesOf = (error: Error): Record<string, string> => {
  const found = error as { code?: unknown; table?: unknown; constraint?: unknown; syscall?: unknown };
  const codes: Record<string, string> = {};
  for (const name of ['code', 'table', 'constraint', 'syscall'] as const) {
    const value = found[name];
    if (typeof value === 'string' && /^\w{1,80}$/.test(value)) codes[name] = value;
  }
  return codes;
};

const causesOf = (error: Error): Error[] => {
  const chain: Error[] = [];
  for (let at: unknown = error; at instanceof Error && chain.length < 5; at = at.cause) chain.push(at);
  return chain;
};

const eventOf = ({ error, sentence, fatal, fields }: ErrorLine, process: string): Event => ({
  platform: 'node',
  level: fatal ? 'fatal' : 'error',
  tags: { process, ...codesOf(error) },
  extra: idsOf(fields),
  exception: {
    // Sentry shows the last one as the error, and those before as its causes.
    values: causesOf(error)
      .toReversed()
      .map((one) => ({
        type: one.name,
        value: one === error ? sentence : 'see the log',
        stacktrace: { frames: framesOf(one) },
      })),
  },
});

const kindOf = (event: Event): string => {
  const last = event.exception?.values?.at(-1);
  const place = last?.stacktrace?.frames?.at(-1);
  return [last?.type, last?.value, place?.filename, place?.lineno, event.tags?.['code']].join(' ');
};

/** @param dsn as Sentry's project settings show it */
export const createSentryReports = (dsn: string, process: string): ErrorReports => {
  const client = new ServerRuntimeClient({
    dsn,
    platform: 'node',
    integrations: [],
    stackParser: parseStack,
    sendClientReports: false,
    transport: (options) =>
      createTransport(options, async ({ body }) => {
        const answer = await fetch(options.url, {
          method: 'POST',
          redirect: 'manual',
          headers: { ...options.headers },
          body: typeof body === 'string' ? body : new Uint8Array(body),
          signal: AbortSignal.timeout(5000),
        });
        await answer.body?.cancel();
        return {
          statusCode: answer.status,
          headers: {
            'x-sentry-rate-limits': answer.headers.get('x-sentry-rate-limits'),
            'retry-after': answer.headers.get('retry-after'),
          },
        };
      }),
  });
  client.init();
  const reportedAt = new Map<string, number>();
  return {
    report: (line) => {
      const event = eventOf(line, process);
      const kind = kindOf(event);
      const now = performance.now();
      if (now - (reportedAt.get(kind) ?? Number.NEGATIVE_INFINITY) < quietMs) return;
      // Kinds are places in the code, so there are few; a program gone mad may still not fill the memory.
      if (reportedAt.size > 500) reportedAt.clear();
      reportedAt.set(kind, now);
      client.captureEvent(event);
    },
    flush: async () => {
      await client.flush(flushMs);
    },
  };
};
