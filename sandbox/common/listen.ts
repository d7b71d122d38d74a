/**
 * Starts a peer's server.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Koa from 'koa';

export interface ListenOptions {
  /** 0 picks a free one. */
  port?: number;
  host?: string;
}

export interface Listening {
  url: string;
  port: number;
  /** Stops listening and destroys open connections, kept-alive ones too. */
  close: () => Promise<void>;
}

/** Listens on 127.0.0.1 and a free port unless told otherwise; rejects when the port is taken. */
export const listen = (
  app: Pick<Koa, 'callback'>,
  { port = 0, host = '127.0.0.1' }: ListenOptions = {},
): Promise<Listening> =>
  new Promise((resolve, reject) => {
    const handle = app.callback();
    const server = createServer((req, res) => void handle(req, res));
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address() as AddressInfo;
      const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
      resolve({
        url: `http://${name}:${address.port}`,
        port: address.port,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
