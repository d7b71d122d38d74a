/** A worker listens to nobody; this port lets a container's health check ask how it is. */
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';

/**
 * GET /healthz: 200 while the worker works on all its queues; 503 while it waits for Temporal or PostgreSQL, and while it drains.
 *
 * @returns the listening server; it does not keep the process alive
 */
export const serveHealth = async (
  worker: { isRunning(): boolean },
  { host, port }: { host: string; port: number },
): Promise<Server> => {
  const server = createServer((request, response) => {
    const found = request.method === 'GET' && /^\/healthz\/?$/.test(request.url ?? '');
    const status = found ? (worker.isRunning() ? 200 : 503) : 404;
    const message = found
      ? 'The worker does not work on its queues yet, or no more'
      : 'There is only /healthz';
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(JSON.stringify(status === 200 ? { status: 'ok' } : { status: 'error', message }));
  });
  server.unref();
  server.listen(port, host);
  await once(server, 'listening');
  return server;
};
