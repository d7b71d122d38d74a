/** Listening and stopping. */
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type Koa from 'koa';
import type { RequestState } from './context.ts';

export interface ApiServer {
  port: number;
  /** Takes no new connections, answers what is under way, then resolves. */
  close(): Promise<void>;
}

/** How slowly a request may arrive, and how long a connection may stand still. */
export interface Patience {
  headersMs: number;
  requestMs: number;
  /** Silence on a connection, also while an answer is not being read. Longer than any answer takes. */
  idleMs: number;
  /** How often the limits are looked after. */
  checkEveryMs: number;
}

const patience: Patience = { headersMs: 10_000, requestMs: 30_000, idleMs: 120_000, checkEveryMs: 5000 };

/** Milliseconds that requests under way get when the process stops. */
const drainMs = 15_000;

/** Requests that Node refuses before Koa sees them are answered in the same shape as all others. */
const answerBrokenRequest = (error: NodeJS.ErrnoException, socket: Duplex): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const headersTooLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const [line, message] = late
    ? ['408 Request Timeout', 'The request took too long to arrive']
    : headersTooLarge
      ? ['431 Request Header Fields Too Large', 'The request headers are too large']
      : ['400 Bad Request', 'The request is not valid HTTP'];
  const body = JSON.stringify({ status: 'error', message });
  socket.end(
    `HTTP/1.1 ${line}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
};

/** The same for what Node would answer with nothing. */
const refuse = (response: http.ServerResponse, status: number, message: string): void => {
  const body = JSON.stringify({ status: 'error', message });
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  response.end(body);
};

/** Starts to listen. @throws when the port is taken */
export const listen = async (
  app: Koa<RequestState>,
  { host, port }: { host: string; port: number },
  { headersMs, requestMs, idleMs, checkEveryMs }: Patience = patience,
): Promise<ApiServer> => {
  const handle = app.callback();
  const server = http.createServer(
    {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: checkEveryMs,
      keepAliveTimeout: 65_000,
      requireHostHeader: false,
    },
    (request, response) => {
      if (request.httpVersion === '1.1' && request.headers.host === undefined) {
        refuse(response, 400, 'The request names no host');
      } else {
        void handle(request, response);
      }
    },
  );
  server.on('checkExpectation', (_request, response: http.ServerResponse) =>
    refuse(response, 417, 'The request expects what this server does not do'),
  );
  server.setTimeout(idleMs);
  server.on('clientError', answerBrokenRequest);
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const force = setTimeout(() => server.closeAllConnections(), drainMs);
      await closed;
      clearTimeout(force);
    },
  };
};
