/** The pages in a real browser: by mouse and keyboard, without a script of theirs. */
import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { saveOperator } from '../../../api/admin/operators.ts';
import { clientEvent, exampleClient } from '../../../sandbox/tc2/events.ts';
import { startHermes, type TestHermes } from '../../support/hermes.ts';
import { chromiumPath, launchChromium, withoutChromium } from './chromium.ts';

const login = { email: 'olive@acme.example', password: 'correct horse battery' };

const unknownAdmin = { id: 99, first_name: 'New', last_name: 'Admin', email: 'new@acme.example' };

describe(`api/admin in a browser${withoutChromium}`, function () {
  this.timeout(120_000);
  let hermes: TestHermes;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  before(async function () {
    if (chromiumPath === undefined) return this.skip();
    hermes = await startHermes();
    await saveOperator(hermes.db, { ...login, name: 'Olive Operator', role: 'configure' });
    browser = await launchChromium();
    page = await browser.newPage({ baseURL: hermes.url, viewport: { width: 1200, height: 800 } });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/i.test(message.text())) complaints.push(message.text());
    });
  });
  after(async () => {
    await browser?.close();
    await hermes?.stop();
  });

  const heading = () => page.locator('h1').innerText();

  it('ADM-02: logs in by keyboard alone', async () => {
    await page.goto('/admin');
    await page.focus('#email');
    await page.keyboard.type(login.email);
    await page.keyboard.press('Tab');
    await page.keyboard.type('not the password');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    assert.equal(await page.inputValue('#email'), login.email);
    await page.focus('#password');
    await page.keyboard.type(login.password);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/admin/overview');
    assert.match(await page.locator('header').innerText(), /Olive Operator/);
  });

  it('leads past the navigation by keyboard', async () => {
    await page.goto('/admin/overview');
    await page.keyboard.press('Tab');
    assert.equal(await page.locator(':focus').innerText(), 'To the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    assert.equal(await page.locator('main :focus').count(), 1);
  });

  it('leads from a failure to its repair in two clicks', async () => {
    const client = { ...structuredClone(exampleClient), sales_person: unknownAdmin };
    await hermes.tc2.send([clientEvent(client, 'CREATED_A_CLIENT', new Date())]);
    await hermes.quiet();
    await hermes.db('admin').where({ id: 6 }).update({ tc2_admin_id: unknownAdmin.id });

    await page.getByRole('link', { name: 'Failures' }).first().click();
    assert.match(await page.locator('main').innerText(), /1 × TcClientUpdated\s+UnknownSalesPerson/);
    await page.getByRole('button', { name: 'Replay 1' }).click();
    await page.getByRole('status').waitFor();
    assert.match(await page.getByRole('status').innerText(), /1 event is replayed/);
    await hermes.quiet();
    assert.equal(hermes.pipedrive.organizations.size, 1);
  });

  it('tells a company’s story and compares it with Pipedrive', async () => {
    await page.getByRole('link', { name: 'Companies' }).click();
    await page.fill('#q', 'harbour');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: '1', exact: true }).click();
    assert.match(await heading(), /^Harbour Tutors/);
    assert.match(await page.locator('main').innerText(), /Pipedrive: in sync/);
    await page.getByRole('link', { name: 'Compare with Pipedrive' }).click();
    assert.match(await page.locator('main').innerText(), /Nothing differs/);
  });

  it('ADM-08: shows a change of the meeting hours before it is saved', async () => {
    await page.getByRole('link', { name: 'Configuration' }).click();
    await page.fill('#min_start', '09:15');
    await page.getByRole('button', { name: 'Review the change' }).click();
    assert.match(await page.locator('pre').innerText(), /10:00.*09:15/);
    assert.match(await page.locator('ul.slots').innerText(), /09:15 – 09:45/);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('status').waitFor();
    assert.equal(await page.inputValue('#min_start'), '09:15');
  });

  it('ADM-06: deletes an admin only after a second click', async () => {
    await page.getByRole('link', { name: 'Admins' }).click();
    const row = page.getByRole('row', { name: /Pacific Sales/ });
    assert.equal(await row.getByRole('button').isVisible(), false);
    await row.locator('summary').click();
    await row.getByRole('button', { name: 'Yes, delete' }).click();
    await page.getByRole('status').waitFor();
    assert.equal(await page.getByRole('row', { name: /Pacific Sales/ }).count(), 0);
  });

  it('fits a phone: no page scrolls sideways', async () => {
    await page.setViewportSize({ width: 375, height: 700 });
    for (const path of [
      'overview',
      'failures',
      'webhooks',
      'webhooks/1',
      'companies/1',
      'admins',
      'fields',
      'configuration',
    ]) {
      await page.goto(`/admin/${path}`);
      const width = await page.evaluate('document.documentElement.scrollWidth');
      assert.equal(width, 375, path);
    }
    await page.setViewportSize({ width: 1200, height: 800 });
  });

  it('logs out, and nothing on the way broke the pages’ own policy', async () => {
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.waitForURL('**/admin/login');
    const answer = await page.goto('/admin/overview');
    assert.equal(answer?.status(), 401);
    assert.deepEqual(complaints, []);
  });
});
