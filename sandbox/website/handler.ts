/**
 * TutorCruncher's website as far as the callbooker goes: a page on which a visitor picks a time and books a call.
 *
 * It is to Hermes what the real one is: it speaks with the same routes, sends the form with the same habits (numbers as strings, ""
 * for absent, keys that nobody reads), and takes every JSON answer whose status is not "error" as success.
 */
import type { Context, Middleware } from 'koa';
import { bookingPage } from './page.ts';

const root = '/book-a-call';

/** What the page asks of Hermes; nothing else is passed on. */
const passedOn = [
  /^\/loc\/$/,
  /^\/choose-roundrobin\/(sales|support)\/$/,
  /^\/callbooker\/availability\/$/,
  /^\/callbooker\/support-link\/validate\/$/,
  /^\/callbooker\/(sales|support)\/book\/$/,
];

const maxBodyBytes = 65_536;

const readBody = async (context: Context): Promise<Buffer> => {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of context.req as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > maxBodyBytes) context.throw(413);
    parts.push(part);
  }
  return Buffer.concat(parts);
};

const passOn = async (context: Context, hermes: string, path: string): Promise<void> => {
  const response = await fetch(`${hermes}${path}${context.search}`, {
    method: context.method,
    ...(context.method === 'POST'
      ? { headers: { 'content-type': 'application/json' }, body: await readBody(context) }
      : {}),
  });
  context.status = response.status;
  context.type = 'json';
  context.body = await response.text();
};

/** @param hermesUrl where Hermes answers; null while nobody said */
export const website =
  (hermesUrl: () => string | null): Middleware =>
  async (context, next) => {
    if (context.path !== root && !context.path.startsWith(`${root}/`)) {
      await next();
      return;
    }
    const [, path] = /^\/book-a-call\/api(\/.*)$/.exec(context.path) ?? [];
    if (path === undefined) {
      context.type = 'html';
      context.body = bookingPage(`${root}/api`);
      return;
    }
    const hermes = hermesUrl();
    if (hermes === null || !passedOn.some((pattern) => pattern.test(path))) {
      context.status = 404;
      context.body = { status: 'error', message: 'Not found' };
      return;
    }
    try {
      await passOn(context, hermes, path);
    } catch {
      context.status = 502;
      context.body = { status: 'error', message: 'Hermes does not answer' };
    }
  };
