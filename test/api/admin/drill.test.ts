/**
 * The drill of docs/operations.md: ten failures, each seen and repaired in a real browser, with the clicks counted from the page where it
 * is seen. What an operator does elsewhere (a key, a service account, a process) is done here as it would be there.
 */
import assert from 'node:assert/strict';
import type { Browser, Locator, Page } from 'playwright-core';
import { saveOperator } from '../../../api/admin/operators.ts';
import { clientEvent, exampleClient } from '../../../sandbox/tc2/events.ts';
import { hearPipedrive } from '../../support/hearPipedrive.ts';
import { eventually, startHermes, type TestHermes } from '../../support/hermes.ts';
import { keyOf, onlyOf, settle, signUp } from '../../support/tc2Flow.ts';
import { chromiumPath, launchChromium, withoutChromium } from './chromium.ts';

const login = { email: 'olive@acme.example', password: 'correct horse battery' };

const webhookPassword = 'webhook-password';

describe(`the drill of docs/operations.md${withoutChromium}`, function () {
  this.timeout(120_000);
  let hermes: TestHermes;
  let browser: Browser;
  let page: Page;
  let clicks = 0;

  before(async function () {
    if (chromiumPath === undefined) return this.skip();
    hermes = await startHermes({
      worker: false,
      waitScale: 0.01,
      environment: { PD_WEBHOOK_PASSWORD: webhookPassword },
    });
    await saveOperator(hermes.db, { ...login, name: 'Olive Operator', role: 'configure' });
    browser = await launchChromium();
    page = await browser.newPage({ baseURL: hermes.url, viewport: { width: 1200, height: 800 } });
    await page.goto('/admin/login');
    await page.fill('#email', login.email);
    await page.fill('#password', login.password);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/admin/overview');
  });
  after(async () => {
    await browser?.close();
    await hermes?.stop();
  });
  beforeEach(() => {
    clicks = 0;
  });
  afterEach(() => hermes.reset());

  const click = async (target: Locator): Promise<void> => {
    clicks += 1;
    await target.click();
  };
  const link = (name: string): Locator => page.getByRole('link', { name, exact: true });
  const button = (name: string): Locator => page.getByRole('button', { name, exact: true });
  /** Looks at a page until it says so. */
  const sees = (path: string, what: RegExp): Promise<void> =>
    eventually(`${path} says ${what.source}`, async () => {
      await page.goto(`/admin/${path}`);
      return what.test(await page.locator('main').innerText());
    });
  const organization = () => onlyOf(hermes.pipedrive.organizations);
  const inSync = async (): Promise<void> => {
    await hermes.quiet();
    await sees('companies/1', /Pipedrive: in sync/);
  };

  it('dead worker: the overview names it; starting one is the repair', async () => {
    signUp(hermes);
    await sees('overview', /Webhooks waiting\s+[1-9][^]*hermes\s+none: start a worker/);
    await hermes.startWorker();
    await inSync();
    await sees('overview', /Webhooks waiting\s+0/);
    assert.equal(clicks, 0);
  });

  it('bad key: the overview and the company say so; the right key is the repair', async () => {
    hermes.pipedrive.settings.apiToken = 'another-key';
    signUp(hermes);
    await sees('overview', /Calls to pipedrive\s+paused\s+The key is refused/);
    await sees('companies/1', /Pipedrive: waiting/);
    hermes.pipedrive.settings.apiToken = hermes.environment.PD_API_KEY ?? '';
    await inSync();
    assert.equal(clicks, 0);
  });

  it('unknown owner: Failures, two clicks', async () => {
    const sender = { id: 99, first_name: 'New', last_name: 'Admin', email: 'new@acme.example' };
    const client = { ...structuredClone(exampleClient), sales_person: sender };
    await hermes.tc2.send([clientEvent(client, 'CREATED_A_CLIENT', new Date())]);
    await sees('failures', /1 × TcClientUpdated\s+UnknownSalesPerson/);
    await page.getByLabel('TC2 admin 99 is').selectOption({ label: 'Pacific Sales' });
    await click(button('Review'));
    assert.match(await page.locator('pre').innerText(), /tc2_admin_id .* 99/);
    await click(button('Save'));
    assert.match(await page.getByRole('status').innerText(), /1 event is replayed/);
    await inSync();
    assert.equal(clicks, 2);
  });

  it('refused field: Failures, three clicks', async () => {
    const code = keyOf('organization', 'website');
    const removed = await fetch(`${hermes.environment.PD_BASE_URL}/api/v2/organizationFields/${code}`, {
      method: 'DELETE',
      headers: { 'x-api-token': hermes.environment.PD_API_KEY ?? '' },
    });
    assert.equal(removed.status, 200);
    signUp(hermes);
    await sees('failures', /1 × Pipedrive POST .*custom_fields/);
    await click(page.locator('main').getByRole('link', { name: 'Fields' }));
    await page.locator('[id="organization.website"]').selectOption('');
    await click(button('Review the change'));
    assert.ok(await page.getByLabel(/then sync the company that Pipedrive refused/).isChecked());
    await click(button('Save'));
    await inSync();
    assert.equal(organization().custom_fields[code], undefined);
    assert.equal(clicks, 3);
  });

  it('outage: the overview counts who waits; nothing is to be done', async () => {
    hermes.pipedrive.faults.add({ kind: 'status', status: 503, times: Infinity });
    signUp(hermes);
    await sees('overview', /Companies behind\s+1/);
    await sees('companies/1', /Pipedrive: waiting/);
    hermes.pipedrive.faults.clear();
    await inSync();
    assert.equal(clicks, 0);
  });

  it('poison event: Failures names it, its neighbours go on, and the sender’s correction heals it', async () => {
    const poison = { ...structuredClone(exampleClient), id: 70500, user: 'nobody' };
    await hermes.tc2.send([clientEvent(poison as never, 'EDITED_A_CLIENT', new Date(Date.now() - 60_000))]);
    signUp(hermes);
    await sees('failures', /1 × TcClientUpdated\s+InvalidClient/);
    await inSync();
    signUp(hermes, { id: 70500 });
    await sees('failures', /Events, by cause\s+None/);
    assert.equal(clicks, 0);
  });

  it('drift: the company beside Pipedrive, two clicks', async () => {
    signUp(hermes);
    await hermes.quiet();
    const code = keyOf('organization', 'tc2_status');
    const right = organization().custom_fields[code];
    hermes.pipedrive.app.update('organization', organization().id, { custom_fields: { [code]: null } });
    await page.goto('/admin/companies/1');
    await click(link('Compare with Pipedrive'));
    assert.match(await page.locator('main').innerText(), /1 field differs[^]*tc2_status.*differs/);
    await click(button('Repair'));
    assert.match(await page.getByRole('status').innerText(), /Pipedrive will be written anew/);
    await inSync();
    assert.deepEqual(organization().custom_fields[code], right);
    assert.equal(clicks, 2);
  });

  it('merged organization: the companies’ pages tell who stayed and who went; nothing is to be done', async () => {
    signUp(hermes);
    await hermes.quiet();
    signUp(hermes, { id: 70413, meta_agency: { id: 9413, name: 'Harbour Tutors Ltd' } });
    await settle(hermes);
    hearPipedrive(hermes);
    const [winner, loser] = [...hermes.pipedrive.organizations.keys()];
    assert.ok(winner !== undefined && loser !== undefined);
    hermes.pipedrive.app.merge('organization', winner, loser);
    await sees('companies/2', /deleted in Pipedrive[^]*is_deleted: false → true/);
    await inSync();
    const kept = hermes.pipedrive.organizations.get(winner);
    assert.equal(kept?.custom_fields[keyOf('organization', 'hermes_id')], '1');
    assert.equal(clicks, 0);
  });

  it('missing calendar right: Admins, two clicks to what is wrong, and one to see that it is right', async () => {
    hermes.google.settings.grantedScopes = null;
    await page.goto('/admin/admins');
    await click(link('Sam Sales'));
    await click(button('Test the calendar'));
    assert.match(await page.locator('main').innerText(), /Google does not answer[^]*Domain-wide delegation/);
    hermes.google.settings.grantedScopes = ['https://www.googleapis.com/auth/calendar'];
    await click(button('Test again'));
    assert.match(await page.locator('main').innerText(), /Google lets Hermes read this calendar/);
    assert.equal(clicks, 3);
  });

  it('full budget: the overview shows it; the next day heals it', async () => {
    hermes.pipedrive.settings.dailyTokens = hermes.pipedrive.tokensSpent() + 30;
    signUp(hermes);
    await sees('overview', /Calls to pipedrive\s+paused/);
    assert.match(await page.locator('main').innerText(), /Budget of pipedrive used today/);
    await sees('companies/1', /Pipedrive: waiting/);
    hermes.pipedrive.settings.dailyTokens = 1_000_000;
    await inSync();
    assert.equal(clicks, 0);
  });
});
