/**
 * A sandbox listening on a port of its own, a caller for it, and a receiver for its webhooks.
 */
import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createPipedriveSandbox, type PipedriveSandbox } from '../../../sandbox/pipedrive/index.ts';
import type { PipedriveOptions } from '../../../sandbox/pipedrive/settings.ts';

export type Json = Record<string, unknown>;

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  body: Json;
  /** `data` of the envelope, an object. */
  data: Json;
  /** `data` of the envelope, a list. */
  rows: Json[];
}

export type Call = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer>;

const readJson = (text: string): Json => {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {};
  }
};

export interface Peer {
  sandbox: PipedriveSandbox;
  url: () => string;
  /** Calls /api/v2, or the whole path when it begins with /api or /_sandbox. */
  call: Call;
}

/** Starts a sandbox before the tests of a suite, resets it before each, stops it after them. */
export const usePeer = (options?: PipedriveOptions): Peer => {
  const sandbox = createPipedriveSandbox(options);
  let url = '';
  let close: (() => Promise<void>) | undefined;
  before(async () => {
    ({ url, close } = await sandbox.listen());
  });
  beforeEach(() => sandbox.reset());
  after(() => close?.());

  const call: Call = async (method, path, body, headers = {}) => {
    const target = /^\/(api|_sandbox)\//.test(path) || path === '/' ? path : `/api/v2${path}`;
    const response = await fetch(`${url}${target}`, {
      method,
      redirect: 'manual',
      headers: {
        'x-api-token': sandbox.settings.apiToken,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const parsed = readJson(text);
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: parsed,
      data: parsed['data'] as Json,
      rows: parsed['data'] as Json[],
    };
  };
  return { sandbox, url: () => url, call };
};

/** Asserts a 400 of the schema whose text holds `text`. */
export const assertRefused = (answer: Answer, text: string): void => {
  assert.equal(answer.status, 400, answer.text);
  assert.equal(answer.body['success'], false);
  assert.equal(answer.body['code'], 'ERR_SCHEMA_VALIDATION_FAILED');
  assert.ok(String(answer.body['error']).includes(text), `${String(answer.body['error'])} lacks ${text}`);
};

export interface Received {
  headers: IncomingHttpHeaders;
  body: { meta: Json; data: Json | null; previous: Json | null };
}

export interface Receiver {
  url: () => string;
  received: Received[];
  /** Answers the request; 200 unless a test says otherwise. */
  answer: (respond: (response: ServerResponse, count: number) => void) => void;
}

/** A server that keeps what it is sent. */
export const useReceiver = (): Receiver => {
  const received: Received[] = [];
  const ok = (response: ServerResponse): void => void response.writeHead(200).end();
  let respond: (response: ServerResponse, count: number) => void = ok;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      received.push({ headers: request.headers, body: JSON.parse(text) as Received['body'] });
      respond(response, received.length);
    });
  });
  before((done) => void server.listen(0, '127.0.0.1', done));
  beforeEach(() => {
    received.length = 0;
    respond = ok;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`,
    received,
    answer: (next) => {
      respond = next;
    },
  };
};
