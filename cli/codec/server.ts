/**
 * A codec server: Temporal's Web UI and CLI ask it to decrypt what they show (POST /decode) and to encrypt what they send (POST /encode).
 * https://docs.temporal.io/codec-server
 */
import cors from '@koa/cors';
import type { Payload, PayloadCodec } from '@temporalio/common';
import Koa from 'koa';
import getRawBody from 'raw-body';
import { z } from 'zod';
import { isSameSecret } from '../../domain/values/sameSecret.ts';

export interface CodecServerOptions {
  codec: PayloadCodec;
  /** The Web UI's, such as http://localhost:8233. A browser on any other page is refused. */
  origin: string;
  /** Asked for as `Authorization: Bearer TOKEN`; nobody is asked when undefined. */
  token?: string | undefined;
}

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/);
const bodySchema = z.object({
  payloads: z.array(z.object({ metadata: z.record(z.string(), base64).nullish(), data: base64.nullish() })),
});

const bodyLimit = '4mb';

const read = ({ metadata, data }: z.infer<typeof bodySchema>['payloads'][number]): Payload => ({
  metadata: Object.fromEntries(
    Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
  ),
  data: Buffer.from(data ?? '', 'base64'),
});

const write = ({ metadata, data }: Payload) => ({
  metadata: Object.fromEntries(
    Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
  ),
  data: Buffer.from(data ?? []).toString('base64'),
});

const isAllowed = (context: Koa.Context, { origin, token }: CodecServerOptions): boolean => {
  const from = context.get('origin');
  if (from !== '' && from !== origin) return false;
  return token === undefined || isSameSecret(context.get('authorization'), `Bearer ${token}`);
};

const bodyOf = async (context: Koa.Context): Promise<Payload[] | null> => {
  const text = await getRawBody(context.req, { limit: bodyLimit, encoding: 'utf8' });
  try {
    return bodySchema.parse(JSON.parse(text)).payloads.map(read);
  } catch {
    return null;
  }
};

/** The application, to be served on an address that only operators reach. */
export const createCodecServer = (options: CodecServerOptions): Koa => {
  const app = new Koa();
  app.silent = true;
  app.use(
    cors({
      origin: options.origin,
      allowMethods: ['POST'],
      allowHeaders: ['content-type', 'x-namespace', 'authorization'],
      credentials: true,
    }),
  );
  app.use(async (context) => {
    const { codec } = options;
    const works: Record<string, (payloads: Payload[]) => Promise<Payload[]>> = {
      '/decode': (payloads) => codec.decode(payloads),
      '/encode': (payloads) => codec.encode(payloads),
    };
    const work = works[context.path];
    if (work === undefined || context.method !== 'POST') return context.throw(404);
    if (!isAllowed(context, options)) return context.throw(403);
    const payloads = await bodyOf(context);
    if (payloads === null) return context.throw(400, 'a JSON object with payloads is expected');
    try {
      context.body = { payloads: (await work(payloads)).map(write) };
    } catch {
      // An unknown key, or bytes that were changed: the Web UI shows the payload as it is.
      context.throw(422, 'a payload cannot be decrypted with these keys');
    }
  });
  return app;
};
