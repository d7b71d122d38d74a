/** Requests byte by byte, for what fetch corrects or refuses to send: headers twice, broken framing, senders that stall. */
import { once } from 'node:events';
import net from 'node:net';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const parse = (answer: string): RawAnswer => {
  const end = answer.indexOf('\r\n\r\n');
  if (end < 0) throw new Error(`no answer: ${JSON.stringify(answer)}`);
  const [line = '', ...lines] = answer.slice(0, end).split('\r\n');
  return {
    status: Number(line.split(' ')[1]),
    headers: Object.fromEntries(
      lines.map((header) => {
        const colon = header.indexOf(':');
        return [header.slice(0, colon).toLowerCase(), header.slice(colon + 1).trim()];
      }),
    ),
    body: answer.slice(end + 4),
  };
};

/** Sends bytes as they are and reads until the server ends the connection. */
export const sendBytes = async (url: string, bytes: string | Buffer): Promise<RawAnswer> => {
  const { hostname, port } = new URL(url);
  const socket = net.connect(Number(port), hostname);
  // A server that answers before it has read everything may reset the connection; what it answered counts.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(bytes);
  return parse(await text(socket as Readable));
};

/** One request with exactly these headers, beside length and `connection: close`, and a host unless they name one. */
export const sendRaw = (
  url: string,
  request: { method?: string; headers?: readonly [string, string][]; body?: string | Buffer },
): Promise<RawAnswer> => {
  const { pathname, search, host } = new URL(url);
  const body = Buffer.from(request.body ?? '');
  const headers: [string, string][] = [
    ...(request.headers?.some(([name]) => name === 'host') === true
      ? []
      : [['host', host] as [string, string]]),
    ['content-length', String(body.length)],
    ['connection', 'close'],
    ...(request.headers ?? []),
  ];
  const head = [
    `${request.method ?? 'POST'} ${pathname}${search} HTTP/1.1`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    '',
    '',
  ];
  return sendBytes(url, Buffer.concat([Buffer.from(head.join('\r\n'), 'latin1'), body]));
};
