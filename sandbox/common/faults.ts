/**
 * Faults on demand: the ways in which a remote API lets its callers down.
 *
 * | kind | handler runs | what the caller sees |
 * |---|---|---|
 * | status | no | `status` (500) with `body` and `headers` |
 * | html | no | `status` (502) with a proxy's HTML page |
 * | latency | yes | the answer, `delayMs` later; a caller who gives up does not stop the handler |
 * | dropBefore | no | the connection destroyed |
 * | dropAfter | yes | the connection destroyed: committed, and the answer lost |
 * | emptyBody | yes | the status with no body |
 * | garbage | yes | 200 with JSON of another shape (`body` to choose it) |
 * | slowBody | yes | headers and half of the body at once, the rest `delayMs` later |
 *
 * `status` and `html` with `after: true` run the handler first: a proxy that fails after the commit.
 */
import { randomUUID } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import { z } from 'zod';
import type { PeerState } from './body.ts';

export const faultKinds = [
  'status',
  'html',
  'latency',
  'dropBefore',
  'dropAfter',
  'emptyBody',
  'garbage',
  'slowBody',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  kind: FaultKind;
  /** Any method when absent. */
  method?: string | undefined;
  /** A path's beginning or the source of a regular expression; any path when absent. */
  path?: string | undefined;
  /** How many requests it hits, 1 by default; Infinity (null in JSON) is an outage. */
  times?: number | undefined;
  status?: number | undefined;
  body?: unknown;
  headers?: Record<string, string> | undefined;
  delayMs?: number | undefined;
  /** The chance, 0 to 1, that it hits a request it could hit. */
  probability?: number | undefined;
  /** With status and html: the handler runs first. */
  after?: boolean | undefined;
}

export interface ListedFault extends Fault {
  id: string;
  /** How many hits are left. */
  left: number;
}

/** A fault as the control route takes it. */
export const faultSchema = z.strictObject({
  kind: z.enum(faultKinds),
  method: z.string().optional(),
  path: z.string().optional(),
  times: z
    .number()
    .int()
    .positive()
    .nullable()
    .transform((times) => times ?? Infinity)
    .optional(),
  status: z.number().int().min(200).max(599).optional(),
  body: z.unknown().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  delayMs: z.number().nonnegative().optional(),
  probability: z.number().min(0).max(1).optional(),
  after: z.boolean().optional(),
});

const matches = (fault: Fault, method: string, path: string): boolean =>
  (fault.method === undefined || fault.method.toUpperCase() === method) &&
  (fault.path === undefined || path.startsWith(fault.path) || new RegExp(fault.path).test(path));

export class Faults {
  private readonly faults: ListedFault[] = [];
  private readonly random: () => number;

  constructor(random: () => number = Math.random) {
    this.random = random;
  }

  /** Adds a fault and gives its id. Earlier faults are tried first. Throws on a path that is no expression. */
  add(fault: Fault): string {
    if (fault.path !== undefined) RegExp(fault.path);
    const id = randomUUID();
    this.faults.push({ ...fault, id, left: fault.times ?? 1 });
    return id;
  }

  remove(id: string): boolean {
    const index = this.faults.findIndex((fault) => fault.id === id);
    if (index < 0) return false;
    this.faults.splice(index, 1);
    return true;
  }

  clear(): void {
    this.faults.length = 0;
  }

  list(): ListedFault[] {
    return this.faults.map((fault) => ({ ...fault }));
  }

  /** Takes the first fault that hits the request and counts the hit. */
  take(method: string, path: string): Fault | undefined {
    const fault = this.faults.find(
      (candidate) =>
        matches(candidate, method, path) &&
        (candidate.probability === undefined || this.random() < candidate.probability),
    );
    if (fault === undefined) return undefined;
    fault.left -= 1;
    if (fault.left <= 0) this.remove(fault.id);
    return fault;
  }
}

const htmlPage = (status: number): string =>
  `<!DOCTYPE html><html><head><title>${status}</title></head><body><h1>${status}</h1><p>nginx</p></body></html>`;

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

const drop = (ctx: Context): void => {
  ctx.respond = false;
  ctx.req.socket.destroy();
};

const toBytes = (body: unknown): Buffer => {
  if (Buffer.isBuffer(body)) return body;
  if (typeof body === 'string') return Buffer.from(body);
  return Buffer.from(body === undefined || body === null ? '' : JSON.stringify(body));
};

const answerSlowly = async (ctx: Context, delayMs: number): Promise<void> => {
  const bytes = toBytes(ctx.body);
  ctx.respond = false;
  // A reason to finish: without a length the caller could take the first half for the whole.
  ctx.res.writeHead(ctx.status, {
    'content-type': ctx.response.get('content-type') || 'application/json; charset=utf-8',
    'content-length': bytes.length,
  });
  ctx.res.write(bytes.subarray(0, bytes.length >> 1));
  await pause(delayMs);
  ctx.res.end(bytes.subarray(bytes.length >> 1));
};

/** Applies the next fault that hits the request; mount it just outside the peer's handlers. */
export const applyFaults =
  (faults: Faults): Middleware<PeerState> =>
  async (ctx, next) => {
    const fault = faults.take(ctx.method, ctx.path);
    if (fault === undefined) {
      await next();
      return;
    }
    ctx.state.fault = fault.kind;
    const committed = async (): Promise<void> => {
      await next();
      ctx.state.status = ctx.status;
      ctx.state.response = ctx.body;
    };
    switch (fault.kind) {
      case 'status':
        if (fault.after === true) await committed();
        ctx.status = fault.status ?? 500;
        ctx.body = fault.body ?? { error: 'injected fault' };
        ctx.set(fault.headers ?? {});
        return;
      case 'html':
        if (fault.after === true) await committed();
        ctx.status = fault.status ?? 502;
        ctx.type = 'html';
        ctx.body = fault.body ?? htmlPage(ctx.status);
        return;
      case 'latency':
        await pause(fault.delayMs ?? 1_000);
        await next();
        return;
      case 'dropBefore':
        ctx.state.status = 0;
        drop(ctx);
        return;
      case 'dropAfter':
        await committed();
        drop(ctx);
        return;
      case 'emptyBody': {
        await committed();
        const { status } = ctx;
        ctx.body = '';
        ctx.status = fault.status ?? status;
        return;
      }
      case 'garbage':
        await committed();
        ctx.status = fault.status ?? 200;
        ctx.type = 'json';
        ctx.body = fault.body ?? { data: { id: [], items: 'unexpected' }, unexpected: true };
        return;
      case 'slowBody':
        await next();
        await answerSlowly(ctx, fault.delayMs ?? 1_000);
        return;
      default:
        fault.kind satisfies never;
    }
  };
