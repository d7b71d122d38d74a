import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { deletedEvent, invoiceEvent, signBody, webhookBody } from '../../../sandbox/tc2/events.ts';
import { changed, startTc2Records, type Tc2Records } from '../../support/tc2Records.ts';

describe('POST /tc2/callback/', () => {
  let records: Tc2Records;
  before(async () => {
    records = await startTc2Records({ TC2_API_KEY_PREVIOUS: 'old-key' });
  });
  after(() => records.stop());
  beforeEach(() => records.db('webhook').delete());

  const post = async (
    body: string | Buffer,
    headers: Record<string, string> = {},
    url = records.url,
  ): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(url, {
      method: 'POST',
      body: new Uint8Array(Buffer.from(body)),
      headers: { 'webhook-signature': signBody(Buffer.from(body), 'tc2-key'), ...headers },
    });
    return { status: response.status, body: await response.json() };
  };
  const count = async (): Promise<number> => (await records.db('webhook')).length;

  it('TCA-01: the signature is over the bytes as they came, whatever their spacing', async () => {
    for (const body of [
      webhookBody([changed()]),
      Buffer.from(` {"events" :[ ] }\n`),
      Buffer.from('{"events": [], "_request_time": 1}'),
    ]) {
      assert.deepEqual(await post(body), { status: 200, body: { status: 'ok' } });
    }
  });

  it('takes the previous key during a rotation', async () => {
    const body = webhookBody([]);
    assert.equal((await post(body, { 'webhook-signature': signBody(body, 'old-key') })).status, 200);
  });

  it('TCA-02, TCA-03: wrong, missing, not hexadecimal, too short, not ASCII -> 403, nothing is filed', async () => {
    const body = webhookBody([changed()]);
    const right = signBody(body, 'tc2-key');
    const wrong = [
      signBody(body, 'another-key'),
      signBody(JSON.stringify(JSON.parse(body.toString())), 'tc2-key'),
      createHmac('sha1', 'tc2-key').update(body).digest('hex'),
      '',
      right.toUpperCase(),
      'g'.repeat(64),
      right.slice(0, 63),
      `${right}0`,
      `\u00e9${right.slice(1)}`,
      `sha256=${right}`,
    ];
    for (const signature of wrong) {
      assert.deepEqual(await post(body, { 'webhook-signature': signature }), {
        status: 403,
        body: { status: 'error', message: 'Unauthorized' },
      });
    }
    const missing = await fetch(records.url, { method: 'POST', body: new Uint8Array(body) });
    assert.equal(missing.status, 403);
    assert.equal(await count(), 0);
  });

  it('a body that is no envelope -> 422 with detail, nothing is filed', async () => {
    for (const body of [
      '',
      'nonsense',
      '[]',
      'null',
      '{}',
      '{"events": null}',
      '{"events": {"a": 1}}',
      '"events"',
      `{"events": [${'0,'.repeat(1000)}0]}`,
    ]) {
      const answer = await post(body);
      assert.equal(answer.status, 422, body);
      const { status, message, detail } = answer.body as Record<string, unknown>;
      assert.equal(status, 'error');
      assert.equal(typeof message, 'string');
      assert.ok(Array.isArray(detail) && detail.length > 0);
      assert.equal((detail[0] as { loc: unknown[] }).loc[0], 'body');
    }
    assert.equal(await count(), 0);
  });

  it('nesting without end -> 422; more than 1 MB -> 413', async () => {
    const deep = `{"events": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
    assert.equal((await post(deep)).status, 422);
    const large = Buffer.alloc(1_100_000, 32);
    assert.equal((await post(large)).status, 413);
  });

  it('TCA-07, TCA-08, TCA-09: files every event of a batch under its own id, and answers before anything is applied', async () => {
    const body = webhookBody([
      changed({}, 'AGREE_TERMS'),
      changed({ id: 7 }),
      deletedEvent(undefined, new Date()),
      invoiceEvent(),
      { ...changed(), subject: { model: 'Tutor', id: 3 } },
      'nonsense',
    ]);
    assert.equal((await post(body)).status, 200);
    const rows = await records.db('webhook').orderBy('id');
    assert.deepEqual(
      rows.map((row) => [row.type, row.subject, row.outcome]),
      [
        [null, 'client-70412', 'ignored'],
        ['TcClientUpdated', 'client-7', null],
        ['TcClientDeleted', 'client-70412', null],
        ['TcInvoiceUpdated', 'invoice-90210', null],
        [null, 'tutor-3', 'ignored'],
        ['TcClientUpdated', 'client-unknown', null],
      ],
    );
    assert.equal(new Set(rows.map((row) => row.dedupe_key)).size, 6);
    // The bytes are kept once.
    assert.deepEqual(
      rows.map((row) => row.body === null),
      [false, true, true, true, true, true],
    );
    assert.deepEqual(rows[0].body, body);
    // Nothing personal where operators read.
    for (const row of rows) assert.doesNotMatch(`${row.summary} ${row.subject}`, /Nell|Harbour|@/);
    assert.equal((await post(body)).status, 200);
    assert.equal(await count(), 6);
  });

  it('knows the company of a client from the start', async () => {
    await records.db('company').insert({ id: 12, name: 'Known', tc2_cligency_id: 70412 });
    await post(webhookBody([changed()]));
    const [row] = await records.db('webhook');
    assert.equal(row.company_id, 12);
    await records.db('company').delete();
  });

  it('public-profile webhooks -> 200, ignored, whatever they hold', async () => {
    for (const path of ['profile', 'profile/', '123', '/profile', '/', 'public/profile/']) {
      const response = await fetch(`${records.url}${path}`, { method: 'POST', body: 'anything' });
      assert.equal(response.status, 200, path);
    }
    assert.equal(await count(), 0);
  });

  it('TCI-01: with TC2_INVOICE_EVENTS=false an invoice event is ignored with 200', async () => {
    const other = await startTc2Records({ TC2_INVOICE_EVENTS: 'false' });
    try {
      const { status, rows } = await other.file(webhookBody([invoiceEvent()]));
      assert.equal(status, 200);
      assert.deepEqual(
        rows.map((row) => [row.type, row.outcome]),
        [[null, 'ignored']],
      );
      assert.match(rows[0]?.reason ?? '', /TC2_INVOICE_EVENTS/);
    } finally {
      await other.stop();
    }
  });
});
