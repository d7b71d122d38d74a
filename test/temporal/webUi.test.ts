/** Temporal's Web UI in a real browser, in front of an encrypted history. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { createCodecServer } from '../../cli/codec/server.ts';
import { freePort } from '../../dev/ports.ts';
import { createSupervisor, type Supervisor } from '../../dev/supervisor.ts';
import { startTemporal } from '../../dev/temporal.ts';
import { findTemporal } from '../../dev/temporalBinary.ts';
import { dataConverterOf } from '../../temporal/dataConverter.ts';
import { chromiumPath, launchChromium, withoutChromium } from '../api/admin/chromium.ts';

const keys = `test:${randomBytes(32).toString('base64')}`;

describe(`an encrypted history in the Web UI${withoutChromium}`, function () {
  this.timeout(60_000);
  let supervisor: Supervisor | undefined;
  let codec: Server | undefined;

  before(function () {
    if (chromiumPath === undefined) this.skip();
  });
  after(async () => {
    codec?.closeAllConnections();
    codec?.close();
    await supervisor?.stop();
  });

  it('is readable through the codec server', async () => {
    const binary = findTemporal({
      projectRoot: fileURLToPath(new URL('../..', import.meta.url)),
      env: process.env,
      say: () => undefined,
    });
    assert.ok(binary);
    const [port, uiPort] = [await freePort(), await freePort()];
    const origin = `http://127.0.0.1:${uiPort}`;
    const dataConverter = dataConverterOf(keys);
    const [payloadCodec] = dataConverter?.payloadCodecs ?? [];
    assert.ok(payloadCodec);
    codec = createCodecServer({ codec: payloadCodec, origin }).listen(0, '127.0.0.1');
    await once(codec, 'listening');
    const codecEndpoint = `http://127.0.0.1:${(codec.address() as AddressInfo).port}`;

    const folder = mkdtempSync(path.join(tmpdir(), 'hermes-web-ui-'));
    supervisor = createSupervisor({ logFolder: folder });
    supervisor.removeAtEnd(folder);
    const { address } = await startTemporal({ supervisor, binary: binary.file, port, uiPort, codecEndpoint });
    const connection = await Connection.connect({ address });
    const client = new Client({ connection, ...(dataConverter === undefined ? {} : { dataConverter }) });
    await client.workflow.start('CompanySync', {
      workflowId: 'company-sync-1',
      taskQueue: 'hermes',
      args: [{ companyId: 70412 }],
    });
    await connection.close();

    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      await page.goto(`${origin}/namespaces/default/workflows/company-sync-1`);
      await page.getByText('"companyId": 70412').first().waitFor();
    } finally {
      await browser.close();
    }
  });
});
