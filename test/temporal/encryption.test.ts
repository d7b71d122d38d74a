import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Payload } from '@temporalio/common';
import { createCodecServer } from '../../cli/codec/server.ts';
import { readEnvironment } from '../../environment/environment.ts';
import { payloadCodec } from '../../temporal/payloadCodec.ts';
import { parsePayloadKeys } from '../../temporal/payloadKeys.ts';
import { runHermes } from '../cli/runHermes.ts';
import { useHermes } from '../support/hermes.ts';
import { stack } from '../support/stack.ts';

const newKey = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;

const codecOf = (list: string) => {
  const [first, ...others] = parsePayloadKeys(list);
  assert.ok(first);
  return payloadCodec([first, ...others]);
};

const secret: Payload = {
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from('"what nobody may read"'),
};

/** A history as text, with what is base64 beside what it means. */
const textOf = (history: unknown): string =>
  JSON.stringify(JSON.parse(JSON.stringify(history)), (_key, value: unknown) =>
    typeof value === 'string' && /^[A-Za-z0-9+/]{4,}={0,2}$/.test(value)
      ? `${value} ${Buffer.from(value, 'base64').toString('latin1')}`
      : value,
  );

describe('encrypted payloads', () => {
  it('are encrypted under the first key and decrypted under any, each time differently; plain ones pass', async () => {
    const [before, after] = [newKey('2025'), newKey('2026')];
    const [old] = await codecOf(before).encode([secret]);
    assert.ok(old);
    const rotated = codecOf(`${after}, ${before}`);
    assert.deepEqual((await rotated.decode([old]))[0]?.data, secret.data);
    const [first, second] = await rotated.encode([secret, secret]);
    assert.equal(Buffer.from(first?.metadata?.['encryption-key-id'] ?? []).toString(), '2026');
    assert.notDeepEqual(first?.data, second?.data);
    assert.deepEqual(await rotated.decode([secret]), [secret]);
    await assert.rejects(codecOf(after).decode([old]), /has no key "2025"/);
    const bent = Buffer.from(old.data ?? []);
    bent[20] = (bent[20] ?? 0) ^ 1;
    await assert.rejects(rotated.decode([{ ...old, data: bent }]));
  });

  it('need keys of 32 bytes, which no message repeats', () => {
    const settings = { DATABASE_URL: 'postgresql://localhost/x' };
    for (const list of ['short:c2VjcmV0', 'c2VjcmV0', `${newKey('a')},${newKey('a')}`, ',']) {
      assert.throws(
        () => readEnvironment({ ...settings, TEMPORAL_PAYLOAD_KEYS: list }),
        (error: Error) => /TEMPORAL_PAYLOAD_KEYS/.test(error.message) && !error.message.includes('c2VjcmV0'),
      );
    }
  });

  describe('of a running Hermes', () => {
    const keys = newKey('test');
    const hermes = useHermes({ environment: { TEMPORAL_PAYLOAD_KEYS: keys } });

    it('leave nothing readable in a history but ids, and the run can be replayed with the keys', async () => {
      hermes.pipedrive.faults.add({
        kind: 'status',
        status: 400,
        method: 'POST',
        path: '/api/v2/persons',
        times: Infinity,
        body: { success: false, error: 'no' },
      });
      hermes.tc2.createClient({});
      await hermes.quiet();
      const handle = hermes.temporal.workflow.getHandle('company-sync-1');
      const { failure } = await handle.result().then(
        () => ({ failure: null }),
        (error: Error) => ({ failure: error }),
      );
      assert.match(String(failure?.cause), /person of contact 1/);

      const raw = await handle.fetchHistory();
      const text = textOf(raw);
      for (const plain of [
        'companyId',
        'person of contact',
        'refused 400',
        'organization of company',
        'at pipedrivePass',
        'workflows/',
      ]) {
        assert.ok(!text.includes(plain), `${plain} is readable`);
      }
      assert.match(text, /binary\/encrypted/);
      assert.match(text, /Encoded failure/);

      const settings = {
        TEMPORAL_ADDRESS: (await stack()).temporalAddress,
        TEMPORAL_NAMESPACE: hermes.namespace,
        TEMPORAL_PAYLOAD_KEYS: keys,
      };
      const replay = await runHermes(['history', 'replay', 'company-sync-1'], settings);
      assert.equal(replay.code, 0, replay.stderr);
      assert.match(replay.stdout, /does the same/);
    });
  });

  describe('at the codec server', () => {
    const keys = newKey('test');
    const ui = 'https://temporal.example';
    const open = async (token?: string): Promise<{ server: Server; url: string }> => {
      const server = createCodecServer({ codec: codecOf(keys), origin: ui, token }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    };
    const ask = async (url: string, body: unknown, headers: Record<string, string> = {}) =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-namespace': 'default', ...headers },
        body: JSON.stringify(body),
      });
    const plain = {
      payloads: [{ metadata: { encoding: Buffer.from('json/plain').toString('base64') }, data: 'IngiCg==' }],
    };

    it('are decrypted for the page of the Web UI and for no other', async () => {
      const { server, url } = await open();
      try {
        const sealed = await (await ask(`${url}/encode`, plain, { origin: ui })).json();
        const answer = await ask(`${url}/decode`, sealed, { origin: ui });
        assert.deepEqual(await answer.json(), plain);
        assert.equal(answer.headers.get('access-control-allow-origin'), ui);
        const preflight = await fetch(`${url}/decode`, {
          method: 'OPTIONS',
          headers: {
            origin: ui,
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'x-namespace',
          },
        });
        assert.equal(preflight.headers.get('access-control-allow-origin'), ui);
        assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /x-namespace/);

        const elsewhere = await ask(`${url}/decode`, sealed, { origin: 'https://evil.example' });
        assert.equal(elsewhere.status, 403);
        assert.equal((await ask(`${url}/decode`, { payloads: [{ data: '%' }] })).status, 400);
        assert.equal((await ask(`${url}/other`, plain)).status, 404);
      } finally {
        server.close();
      }
    });

    it('ask for the token where there is one, and start on other addresses only with one', async () => {
      const { server, url } = await open('codec-token');
      try {
        assert.equal((await ask(`${url}/decode`, plain, { origin: ui })).status, 403);
        const bearer = { origin: ui, authorization: 'Bearer codec-token' };
        assert.equal((await ask(`${url}/decode`, plain, bearer)).status, 200);
      } finally {
        server.close();
      }
      // On an operator's machine the keys are all there is.
      const run = await runHermes(['codec-server', '--host', '0.0.0.0'], { TEMPORAL_PAYLOAD_KEYS: keys });
      assert.equal(run.code, 1);
      assert.match(run.stderr, /CODEC_SERVER_TOKEN/);
    });
  });
});
