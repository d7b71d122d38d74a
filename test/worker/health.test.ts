import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { AddressInfo } from 'node:net';
import { serveHealth } from '../../worker/health.ts';

const script = fileURLToPath(new URL('../../scripts/healthcheck.mjs', import.meta.url));

describe("a worker's health", () => {
  it('is 200 while it works on its queues, else 503, and there is nothing else to ask', async () => {
    const worker = { running: false, isRunning: () => worker.running };
    const server = await serveHealth(worker, { host: '127.0.0.1', port: 0 });
    const { port } = server.address() as AddressInfo;
    const ask = async (path: string): Promise<[number, unknown]> => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      return [response.status, ((await response.json()) as { status: string }).status];
    };
    try {
      assert.deepEqual(await ask('/healthz'), [503, 'error']);
      worker.running = true;
      assert.deepEqual(await ask('/healthz'), [200, 'ok']);
      assert.deepEqual(await ask('/healthz/'), [200, 'ok']);
      assert.deepEqual(await ask('/metrics'), [404, 'error']);
    } finally {
      server.close();
      server.closeAllConnections();
    }
    const { status, stderr } = spawnSync(process.execPath, [script, `http://127.0.0.1:${port}/healthz`], {
      encoding: 'utf8',
    });
    assert.equal(status, 1);
    assert.match(stderr, /fetch failed/);
  });
});
