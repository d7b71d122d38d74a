import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer, type AddressInfo } from 'node:net';
import { mock } from 'node:test';
import { isGrpcDeadlineError } from '@temporalio/client';
import { lazyClient } from '../../temporal/connection.ts';

describe('temporal/connection', () => {
  it('closes while calls to a server that is away are about to be repeated', async () => {
    const temporal = lazyClient({
      connectionOptions: { address: '127.0.0.1:1' },
      namespace: 'default',
    });
    const { client } = temporal;
    let settled = false;
    const asked = client.workflowService
      .getSystemInfo({})
      .catch((error: unknown) => error)
      .finally(() => (settled = true));
    // Long enough for the first try to fail: the second is due then.
    await client.withDeadline(Date.now() + 300, () =>
      client.workflowService.getSystemInfo({}).catch(() => undefined),
    );
    assert.equal(settled, false);
    await temporal.close();
    assert.ok((await asked) instanceof Error);
  });

  for (const [what, address] of [
    ['that is away', '127.0.0.1:1'],
    ['that never answers', undefined],
  ] as const) {
    it(`ends a call to a server ${what} when its time is over`, async () => {
      const mute = createServer();
      mute.listen(0, '127.0.0.1');
      await once(mute, 'listening');
      const { port } = mute.address() as AddressInfo;
      const temporal = lazyClient(
        { connectionOptions: { address: address ?? `127.0.0.1:${port}` }, namespace: 'default' },
        { GetSystemInfo: 300 },
      );
      try {
        await assert.rejects(temporal.client.workflowService.getSystemInfo({}), isGrpcDeadlineError);
      } finally {
        await temporal.close();
        mute.close();
      }
    });
  }

  it('names its namespace in every call, and enters no AsyncLocalStorage for it', async () => {
    const server = createHttp2Server();
    const namespaces: unknown[] = [];
    server.on('stream', (stream, headers) => {
      namespaces.push(headers['temporal-namespace']);
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '5' },
        { endStream: true },
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const temporal = lazyClient({
      connectionOptions: { address: `127.0.0.1:${port}` },
      namespace: 'lighthouse',
    });
    const { mock: entered } = mock.method(AsyncLocalStorage.prototype, 'run');
    try {
      await assert.rejects(temporal.client.workflow.start('Any', { workflowId: 'any', taskQueue: 'any' }));
    } finally {
      entered.restore();
      await temporal.close();
      server.close();
    }
    assert.deepEqual([namespaces, entered.callCount()], [['lighthouse'], 0]);
  });

  it('goes on looking for a server that is away about every second', async function () {
    // gRPC's own waits would need most of a minute for these.
    this.timeout(20_000);
    const wanted = 8;
    let tries = 0;
    const enough = new AbortController();
    const server = createServer((socket) => {
      socket.destroy();
      tries += 1;
      if (tries === wanted) enough.abort();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const temporal = lazyClient({
      connectionOptions: { address: `127.0.0.1:${port}` },
      namespace: 'default',
    });
    try {
      temporal.client.connection.ensureConnected().catch(() => undefined);
      await once(enough.signal, 'abort');
    } finally {
      await temporal.close();
      server.close();
    }
  });
});
