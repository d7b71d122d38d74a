/**
 * What a peer was asked and what it answered, kept in memory for tests and for the demo's control routes.
 */
import type { Middleware, ParameterizedContext } from 'koa';
import type { PeerState } from './body.ts';

export interface LoggedRequest {
  at: Date;
  method: string;
  path: string;
  query: Record<string, string | string[]>;
  /** Lower-case names; credentials are masked. */
  headers: Record<string, string>;
  /** Parsed JSON or form, else the text; undefined without a body. */
  body: unknown;
  /** What the peer answered; 0 when a fault destroyed the connection before the handler ran. */
  status: number;
  response?: unknown;
  /** What the request cost of a token budget, where the peer has one. */
  tokens?: number;
  /** A word of the peer's own, for example the operation's name. */
  tag?: string;
  /** The kind of the fault that hit the request. */
  fault?: string;
}

const secretHeaders = new Set(['authorization', 'x-api-token', 'cookie', 'webhook-signature']);
/** Entries that are kept at least; above them the oldest go a block at a time, for a long array is slow to shorten. */
const keptEntries = 20_000;
const droppedAtOnce = 1_000;

/** `token abcdef123456` becomes `token ****3456`: enough to tell two keys apart, too little to use. */
const mask = (value: string): string =>
  value.replace(/\S+$/, (secret) => `****${secret.length > 8 ? secret.slice(-4) : ''}`);

const flat = (value: string | string[] | undefined): string =>
  Array.isArray(value) ? value.join(', ') : (value ?? '');

const readHeaders = (headers: NodeJS.Dict<string | string[]>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      secretHeaders.has(name) ? mask(flat(value)) : flat(value),
    ]),
  );

const readQuery = (query: NodeJS.Dict<string | string[]>): Record<string, string | string[]> =>
  Object.fromEntries(Object.entries(query).map(([name, value]) => [name, value ?? '']));

export class RequestLog {
  readonly entries: LoggedRequest[] = [];
  /** All that were ever recorded, those that the log has dropped too. */
  count = 0;
  private readonly watchers = new Set<() => void>();

  record(entry: LoggedRequest): void {
    this.count += 1;
    this.entries.push(entry);
    if (this.entries.length >= keptEntries + droppedAtOnce) this.entries.splice(0, droppedAtOnce);
    for (const watcher of this.watchers) watcher();
  }

  clear(): void {
    this.entries.length = 0;
    this.count = 0;
  }

  /** The entries of a method and of a path that begins with `path`, or matches it when it is a RegExp. */
  matching(
    filter: { method?: string | undefined; path?: string | RegExp | undefined } = {},
  ): LoggedRequest[] {
    const { method, path } = filter;
    return this.entries.filter(
      (entry) =>
        (method === undefined || entry.method === method.toUpperCase()) &&
        (path === undefined ||
          (typeof path === 'string' ? entry.path.startsWith(path) : path.test(entry.path))),
    );
  }

  /** Resolves with the first entry, present or to come, that satisfies the predicate. */
  waitFor(predicate: (entry: LoggedRequest) => boolean, timeoutMs = 10_000): Promise<LoggedRequest> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        this.watchers.delete(look);
      };
      const look = (): void => {
        const found = this.entries.find(predicate);
        if (found === undefined) return;
        stop();
        resolve(found);
      };
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`no such request within ${timeoutMs} ms`));
      }, timeoutMs);
      this.watchers.add(look);
      look();
    });
  }
}

/**
 * What was answered, as it was at that moment: handlers may go on changing the object they answered with. It is kept as text and
 * parsed when somebody looks, which for most entries nobody does.
 */
const readLater = (text: string): (() => unknown) => {
  let answer: unknown;
  return () => (answer ??= JSON.parse(text));
};

/** Writes the answer as JSON once, for the wire and for the log, unless a fault took the wire for itself. */
const takeResponse = (ctx: ParameterizedContext<PeerState>): (() => unknown) => {
  const answered = ctx.state.response ?? ctx.body;
  if (Buffer.isBuffer(answered)) return () => answered.toString('utf8');
  if (typeof answered !== 'object' || answered === null) return () => answered;
  const text = JSON.stringify(answered);
  if (answered === ctx.body && ctx.respond !== false) ctx.body = text;
  return readLater(text);
};

/** Records every request once its handler is done. Mount outside the faults and outside the body reader. */
export const logRequests =
  (log: RequestLog): Middleware<PeerState> =>
  async (ctx, next) => {
    const at = new Date();
    try {
      await next();
    } finally {
      const { tokens, tag, fault } = ctx.state;
      const status = ctx.state.status ?? ctx.status;
      const response = takeResponse(ctx);
      log.record({
        at,
        method: ctx.method,
        path: ctx.path,
        query: readQuery(ctx.query),
        headers: readHeaders(ctx.headers),
        body: ctx.state.body,
        status,
        get response() {
          return response();
        },
        ...(tokens === undefined ? {} : { tokens }),
        ...(tag === undefined ? {} : { tag }),
        ...(fault === undefined ? {} : { fault }),
      });
    }
  };
