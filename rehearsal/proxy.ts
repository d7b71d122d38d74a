/** Stands where Caddy stands in docker-compose.yml: one address, several APIs behind it, a dead one is passed over. */
import { once } from 'node:events';
import net from 'node:net';

export interface Proxy {
  url: string;
  close(): Promise<void>;
}

const connect = async (port: number): Promise<net.Socket | null> => {
  const socket = net.connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return socket;
  } catch {
    return null;
  }
};

/** @param ports of the APIs, taken in turns */
export const startProxy = async (ports: readonly number[]): Promise<Proxy> => {
  let turn = 0;
  const open = new Set<net.Socket>();
  const lead = async (visitor: net.Socket): Promise<void> => {
    visitor.on('error', () => visitor.destroy());
    open.add(visitor);
    visitor.on('close', () => open.delete(visitor));
    turn += 1;
    for (let tried = 0; tried < ports.length; tried += 1) {
      const api = await connect(ports[(turn + tried) % ports.length] ?? 0);
      if (api === null) continue;
      api.on('error', () => visitor.destroy());
      api.on('close', () => visitor.destroy());
      visitor.on('close', () => api.destroy());
      visitor.pipe(api).pipe(visitor);
      return;
    }
    visitor.destroy();
  };
  const server = net.createServer((visitor) => void lead(visitor));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
};
