import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readSandboxSettings, type SandboxSettings } from '../../../sandbox/settings.ts';
import { startSandbox, type RunningSandbox } from '../../../sandbox/start.ts';
import { startReceiver } from '../tc2/receiver.ts';

const fail = (error: unknown): never => {
  throw error;
};

describe('sandbox: npm run sandbox', () => {
  let folder: string;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  let settings: SandboxSettings;
  const running: RunningSandbox[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hermes-sandbox-'));
    receiver = await startReceiver(200);
    settings = readSandboxSettings({
      SANDBOX_STATE_DIR: folder,
      SANDBOX_PIPEDRIVE_PORT: '0',
      SANDBOX_TC2_PORT: '0',
      SANDBOX_GOOGLE_PORT: '0',
      BASE_URL: new URL(receiver.url).origin,
      PD_WEBHOOK_USERNAME: 'hermes',
      PD_WEBHOOK_PASSWORD: 'sandbox-webhook-password',
    });
  });
  afterEach(async () => {
    for (const sandbox of running.splice(0)) await sandbox.close();
    await receiver.close();
    await rm(folder, { recursive: true });
  });

  const start = async (): Promise<RunningSandbox> => {
    const sandbox = await startSandbox(settings, fail);
    running.push(sandbox);
    return sandbox;
  };
  const submit = (url: string, fields: Record<string, string> = {}): Promise<Response> =>
    fetch(url, { method: 'POST', body: new URLSearchParams(fields), redirect: 'manual' });

  it('starts all three, each with a page', async () => {
    const { urls } = await start();
    for (const url of Object.values(urls)) {
      const page = await fetch(`${url}/`);
      assert.equal(page.status, 200);
      assert.match(page.headers.get('content-type') ?? '', /html/);
    }
  });

  it('sends what happens in TutorCruncher and in Pipedrive to Hermes', async () => {
    const { tc2, pipedrive, urls } = await start();
    const signedUp = await submit(`${urls.tc2}/clients/`, {
      name: 'Quay Tutors',
      email: 'office@quay-tutors.example',
      price_plan: 'monthly-startup',
    });
    assert.equal(signedUp.status, 303);
    const at = signedUp.headers.get('location') ?? '';
    assert.match(await (await fetch(`${urls.tc2}${at}`)).text(), /Quay Tutors/);
    await tc2.settled();
    assert.equal(receiver.received.length, 2);
    assert.equal((await submit(`${urls.tc2}${at}status`, { status: 'active' })).status, 303);
    assert.equal((await submit(`${urls.tc2}${at}status`, { status: 'asleep' })).status, 422);
    assert.equal((await submit(`${urls.tc2}${at}invoice-paid`)).status, 303);
    assert.equal((await submit(`${urls.tc2}${at}delete`)).status, 303);
    assert.equal((await fetch(`${urls.tc2}${at}`)).status, 404);
    await tc2.settled();
    assert.equal(receiver.received.length, 5);

    pipedrive.app.create('organization', { name: 'Quay Tutors' });
    await pipedrive.webhooks.delivery.flush();
    const last = receiver.received.at(-1);
    assert.equal(last?.path, '/pipedrive/callback/');
    const basic = Buffer.from('hermes:sandbox-webhook-password').toString('base64');
    assert.equal(last?.headers['authorization'], `Basic ${basic}`);
  });

  it('finds everything as it was left', async () => {
    const first = await start();
    const client = first.tc2.createClient({ meta_agency: { name: 'Quay Tutors' } });
    first.google.addBusy('sam@acme.example', '2026-12-01T11:00:00Z', '2026-12-01T12:00:00Z');
    const made = first.pipedrive.app.create('organization', { name: 'Quay Tutors' });
    const { serviceAccount } = first.google;
    running.splice(0);
    await first.close();

    const second = await start();
    assert.deepEqual(second.tc2.state.clients.get(client.id), client);
    assert.equal(second.google.calendar('sam@acme.example').busy.length, 1);
    assert.deepEqual(second.google.serviceAccount, serviceAccount);
    assert.deepEqual(second.pipedrive.organizations.get(made.id), first.pipedrive.organizations.get(made.id));
    const next = second.pipedrive.app.create('organization', { name: 'Pier Tutors' });
    assert.ok(next.id > made.id);
    assert.deepEqual((await readdir(folder)).sort(), [
      'google.state',
      'pipedrive.state',
      'service-account.pem',
      'tc2.state',
    ]);
  });

  it('starts afresh when a state cannot be read', async () => {
    await writeFile(path.join(folder, 'tc2.state'), 'half a state');
    const { tc2 } = await start();
    assert.equal(tc2.state.clients.size, 1);
  });

  it('says which port is taken and leaves nothing open', async () => {
    const { urls } = await start();
    const taken = { ...settings, SANDBOX_GOOGLE_PORT: Number(new URL(urls.google).port) };
    await assert.rejects(startSandbox(taken, fail), { code: 'EADDRINUSE' });
  });

  it('names every setting that is wrong', () => {
    assert.throws(
      () => readSandboxSettings({ SANDBOX_TC2_PORT: 'x', SANDBOX_GOOGLE_PORT: '70000' }),
      /SANDBOX_TC2_PORT[\s\S]*SANDBOX_GOOGLE_PORT/,
    );
  });
});
