import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { environmentSchema, readSettings } from '../../environment/environment.ts';
import { dataConverterOf } from '../../temporal/dataConverter.ts';
import { createCodecServer } from '../codec/server.ts';
import { CommandError, UsageError, type Command } from '../command.ts';

const standardPort = 8234;
const standardUi = 'http://localhost:8233';
/** It runs on the machines of operators, which know neither the database nor the keys of the peers. */
const needed = environmentSchema.pick({
  TEMPORAL_PAYLOAD_KEYS: true,
  TEMPORAL_UI_URL: true,
  CODEC_SERVER_TOKEN: true,
});

const loopback: readonly string[] = ['127.0.0.1', '::1', 'localhost'];

const portOf = (text: unknown): number => {
  if (typeof text !== 'string') return standardPort;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new UsageError('--port takes a port.');
  return Number(text);
};

export const codecServer: Command = {
  name: 'codec-server',
  summary: "Decrypt payloads for Temporal's Web UI and CLI",
  details: `
Needs TEMPORAL_PAYLOAD_KEYS. Answers the page at TEMPORAL_UI_URL (http://localhost:8233 when unset) and no other. Listens on this machine
only; with --host it can be reached from elsewhere, and then asks for CODEC_SERVER_TOKEN. Enter its address in the Web UI under "Codec
Server". Runs until it is stopped. See docs/encryption.md.`,
  options: {
    port: { type: 'string', summary: `port (${standardPort})` },
    host: { type: 'string', summary: 'address to listen on (127.0.0.1)' },
  },
  run: async ({ settings, options, stderr }) => {
    const environment = readSettings(needed, settings);
    const [codec] = dataConverterOf(environment.TEMPORAL_PAYLOAD_KEYS)?.payloadCodecs ?? [];
    if (codec === undefined)
      throw new CommandError('TEMPORAL_PAYLOAD_KEYS is not set: nothing is encrypted.');
    const host = typeof options['host'] === 'string' ? options['host'] : '127.0.0.1';
    const token = environment.CODEC_SERVER_TOKEN;
    if (!loopback.includes(host) && token === undefined) {
      throw new CommandError('CODEC_SERVER_TOKEN must be set when others than this machine may ask.');
    }
    const { origin } = new URL(environment.TEMPORAL_UI_URL ?? standardUi);
    const server = createCodecServer({ codec, origin, token }).listen(portOf(options['port']), host);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    stderr.write(`Decrypting for ${origin} at http://${host}:${port}; Ctrl-C stops it.\n`);
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
    server.closeAllConnections();
    server.close();
  },
};
