import assert from 'node:assert/strict';
import path from 'node:path';
import { supportLinkUrl } from '../../../domain/callbooker/supportLink.ts';
import { startHermes, type TestHermes } from '../../support/hermes.ts';
import { chromium, openBrowser, type Browser } from '../browser.ts';

/** Screenshots for docs/ are made when a folder is named. */
const pictures = process.env['SCREENSHOTS'];

describe('sandbox/website: a person books a call in the browser', () => {
  let hermes: TestHermes;
  let browser: Browser;
  before(async function () {
    if (chromium === undefined) {
      this.skip();
      return;
    }
    hermes = await startHermes();
    browser = await openBrowser(chromium);
  });
  after(async () => {
    await browser?.close();
    await hermes?.stop();
  });
  beforeEach(() => hermes.reset());
  afterEach(() => hermes.quiet());

  const picture = async (name: string): Promise<void> => {
    if (pictures !== undefined) await browser.screenshot(path.join(pictures, `${name}.png`));
  };
  const fill = (fields: Record<string, string>): Promise<void> =>
    browser.evaluate(
      `for (const [name, value] of Object.entries(${JSON.stringify(fields)})) document.querySelector('[name=' + name + ']').value = value`,
    );
  const slot = `document.querySelector('.day button')`;
  const answer = `document.getElementById('answer')`;
  const nell = { name: 'nell harbour', email: 'Nell@harbour-tutors.example' };

  it('picks a time, books, and finds the event and the activity', async () => {
    await browser.open(`${hermes.environment.TC2_BASE_URL}/book-a-call/`);
    await browser.until(slot);
    const start = await browser.evaluate<string>(`${slot}.dataset.start`);
    await browser.evaluate(`${slot}.click()`);
    await fill({ ...nell, company_name: 'Harbour Tutors', website: '' });
    await picture('book-a-call');
    await browser.evaluate(`document.getElementById('book').click()`);
    await browser.until(`${answer}.dataset.status === 'ok'`);
    await picture('book-a-call-booked');
    assert.match(await browser.evaluate<string>(`${answer}.textContent`), /^Booked: /);

    const [event] = hermes.google.events('sam@acme.example');
    assert.equal(event?.period.start.getTime(), Date.parse(start));
    await hermes.quiet();
    assert.equal(hermes.pipedrive.activities.size, 1);
    assert.equal(hermes.pipedrive.deals.size, 1);

    await browser.open(`${hermes.environment.TC2_BASE_URL}/book-a-call/?again`);
    await browser.until(slot);
    assert.equal(await browser.evaluate(`document.querySelector('[data-start="${start}"]')`), null);
  });

  it('shows a refusal as what it is', async () => {
    await browser.open(`${hermes.environment.TC2_BASE_URL}/book-a-call/?refused`);
    await browser.until(slot);
    const start = await browser.evaluate<string>(`${slot}.dataset.start`);
    await browser.evaluate(`${slot}.click()`);
    await fill({ ...nell, company_name: 'Harbour Tutors' });
    hermes.google.addBusy('sam@acme.example', start, new Date(Date.parse(start) + 60_000));
    await browser.evaluate(`document.getElementById('book').click()`);
    await browser.until(`${answer}.className === 'error'`);
    assert.equal(await browser.evaluate(`${answer}.textContent`), 'Admin is not free at this time.');
  });

  it('a customer books a support call by a signed link, then cancels it on the page behind the invitation', async () => {
    await hermes.db('company').insert({ id: 7, name: 'Harbour Tutors', tc2_cligency_id: 70412 });
    const expires = Math.floor(Date.now() / 1000) + 3600;
    const base = `${hermes.environment.TC2_BASE_URL}/book-a-call`;
    await browser.open(supportLinkUrl(base, 'test-signing-key', { adminId: 2, companyId: 7, expires }));
    await browser.until(slot);
    assert.match(
      await browser.evaluate<string>(`document.getElementById('who').textContent`),
      /Harbour Tutors/,
    );
    await browser.evaluate(`${slot}.click()`);
    await fill(nell);
    await browser.evaluate(`document.getElementById('book').click()`);
    await browser.until(`${answer}.dataset.status === 'ok'`);

    const [event] = hermes.google.events('sol@acme.example');
    const href = /href="([^"]*\/callbooker\/meeting\/[^"]*)"/.exec(String(event?.fields['description']))?.[1];
    const link = new URL((href ?? '').replaceAll('&amp;', '&'));
    await browser.open(`${hermes.url}${link.pathname}${link.search}`);
    await picture('change-call');
    await browser.evaluate(`document.querySelector('form[action$="cancel/"] button').click()`);
    await browser.until(`document.title === 'The call is cancelled'`);
    const meeting = await hermes.db('meeting').first<{ status: string }>('status');
    assert.equal(meeting.status, 'CANCELED');
  });
});
