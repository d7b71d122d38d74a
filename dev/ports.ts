/** TCP ports on the loopback: whether one is free, and finding a free one. */
import { randomInt } from 'node:crypto';
import net from 'node:net';

/** A port the stack wants, what for, and the setting that changes it. */
export interface WantedPort {
  readonly port: number;
  readonly purpose: string;
  readonly setting: string;
}

const listen = (port: number, host: string | undefined): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen({ port, exclusive: true, ...(host === undefined ? {} : { host }) }, () => {
      const address = server.address();
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : port));
    });
  });

/** Whether nothing listens on the port, neither on the loopback nor on all interfaces. */
export const isPortFree = async (port: number): Promise<boolean> => {
  for (const host of ['127.0.0.1', undefined]) {
    try {
      await listen(port, host);
    } catch (error) {
      // EADDRNOTAVAIL, EAFNOSUPPORT: a machine without that kind of address cannot have it taken.
      if (
        error instanceof Error &&
        'code' in error &&
        ['EADDRINUSE', 'EACCES'].includes(String(error.code))
      ) {
        return false;
      }
    }
  }
  return true;
};

/** Below the ports that systems give to outgoing connections, which come and go between the asking and the binding. */
const lowest = 10_240;
const highest = 32_767;

/** A port that was free a moment ago. Another process may take it first, so whoever binds it has to be ready to retry. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(lowest, highest + 1);
    if (await isPortFree(port)) return port;
  }
};

/** One sentence per wanted port that is taken (or wanted twice), empty when all are free. */
export const portConflicts = async (wanted: readonly WantedPort[]): Promise<string[]> => {
  const conflicts: string[] = [];
  for (const [index, { port, purpose, setting }] of wanted.entries()) {
    const rival = wanted.slice(0, index).find((earlier) => earlier.port === port);
    if (rival !== undefined) {
      conflicts.push(`Port ${port} is wanted both for ${rival.purpose} and for ${purpose}: set ${setting}.`);
    } else if (!(await isPortFree(port))) {
      conflicts.push(
        `Port ${port} (${purpose}) is already in use: stop what listens there, or set ${setting} to another port.`,
      );
    }
  }
  return conflicts;
};
