/** A bare HTTP server that answers as a test scripts it and keeps what it was asked. */
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export type SeenRequest = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: http.IncomingHttpHeaders;
  text: string;
};

export type ScriptedAnswer = {
  status?: number;
  /** An object is sent as JSON, text as it is. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
};

/** What to do with a request: answer, or take the raw response in hand (to break or stall it). */
export type Step = ScriptedAnswer | ((response: http.ServerResponse, request: SeenRequest) => void);

export type ScriptedPeer = {
  url: string;
  /** Everything that arrived since the last `script`. */
  requests: SeenRequest[];
  /** One step for each request to come; the last one repeats. */
  script: (...steps: Step[]) => void;
  close: () => Promise<void>;
};

const send = (response: http.ServerResponse, answer: ScriptedAnswer): void => {
  const isText = typeof answer.body === 'string';
  const text = typeof answer.body === 'string' ? answer.body : (JSON.stringify(answer.body) ?? '');
  response.writeHead(answer.status ?? 200, {
    'content-type': isText ? 'text/html' : 'application/json',
    ...answer.headers,
  });
  response.end(text);
};

/** Listens on a free port of 127.0.0.1. */
export const startScriptedPeer = async (): Promise<ScriptedPeer> => {
  let steps: Step[] = [];
  const requests: SeenRequest[] = [];

  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://peer');
      const seen: SeenRequest = {
        method: request.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        text: Buffer.concat(chunks).toString('utf8'),
      };
      requests.push(seen);
      const step = steps.length > 1 ? steps.shift() : steps[0];
      if (step === undefined) return send(response, { status: 599, body: 'no step is scripted' });
      return typeof step === 'function' ? step(response, seen) : send(response, step);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    script: (...next) => {
      steps = next;
      requests.length = 0;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

/** An address where nothing listens: a port that was free a moment ago. */
export const closedAddress = async (): Promise<string> => {
  const peer = await startScriptedPeer();
  await peer.close();
  return peer.url;
};
