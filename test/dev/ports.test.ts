import assert from 'node:assert/strict';
import net from 'node:net';
import { freePort, isPortFree, portConflicts } from '../../dev/ports.ts';

describe('ports', () => {
  let server: net.Server;
  let port: number;

  before((done) => {
    server = net.createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      assert.ok(address !== null && typeof address === 'object');
      port = address.port;
      done();
    });
  });

  after((done) => {
    server.close(done);
  });

  it('tells a taken port from a free one', async () => {
    assert.equal(await isPortFree(port), false);
    assert.equal(await isPortFree(await freePort()), true);
  });

  it('names the port, what it is for and the setting that changes it', async () => {
    const free = await freePort();
    const conflicts = await portConflicts([
      { port, purpose: 'the API', setting: 'PORT' },
      { port: free, purpose: 'the Web UI', setting: 'TEMPORAL_UI_PORT' },
    ]);
    assert.deepEqual(conflicts, [
      `Port ${port} (the API) is already in use: stop what listens there, or set PORT to another port.`,
    ]);
  });

  it('notices a port that two parts want', async () => {
    const free = await freePort();
    const conflicts = await portConflicts([
      { port: free, purpose: 'the API', setting: 'PORT' },
      { port: free, purpose: 'the Web UI', setting: 'TEMPORAL_UI_PORT' },
    ]);
    assert.deepEqual(conflicts, [
      `Port ${free} is wanted both for the API and for the Web UI: set TEMPORAL_UI_PORT.`,
    ]);
  });
});
