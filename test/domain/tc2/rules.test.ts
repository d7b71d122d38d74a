import assert from 'node:assert/strict';
import { parseEnvelope, subjectAt } from '../../../domain/tc2/envelope.ts';
import { changedAttributes, knownAttributes } from '../../../domain/tc2/ownedAttributes.ts';
import { storableJson } from '../../../domain/values/text.ts';

describe('domain/tc2', () => {
  it('the same content at another time has the same content hash material', () => {
    const subject = { model: 'Client', id: 1, meta_agency: {} };
    const heads = [
      { action: 'CREATED_A_CLIENT', timestamp: '2026-11-20T09:00:00Z', subject },
      { action: 'EDITED_A_CLIENT', timestamp: '2026-11-20T12:00:00Z', subject },
    ].map((event) => {
      const parsed = parseEnvelope({ events: [event] }, { invoiceEvents: true });
      return parsed.ok ? parsed.events[0]?.content : undefined;
    });
    assert.deepEqual(heads[0], heads[1]);
    assert.notEqual(heads[0], undefined);
  });

  it('TCA-05, TCA-06, TCA-08, TCI-01, TCX-01: an event’s type, subject and client, or why nothing is done', () => {
    const head = (action: string, subject: unknown, invoiceEvents = true) => {
      const parsed = parseEnvelope(
        { events: [{ action, timestamp: 1795166043, subject }] },
        { invoiceEvents },
      );
      assert.ok(parsed.ok && parsed.events[0] !== undefined);
      const { type, subject: name, cligencyId, ignoredBecause, eventAt } = parsed.events[0];
      assert.equal(eventAt?.getTime(), 1_795_166_043_000);
      return [type, name, cligencyId, ignoredBecause?.split(' ').slice(0, 3).join(' ') ?? null];
    };
    const client = { model: 'Client', id: '70412', meta_agency: { id: 1 } };
    const invoice = { model: 'Invoice', id: 90210, client: { id: 70412 } };
    assert.deepEqual(head('EDITED_A_CLIENT', client), ['TcClientUpdated', 'client-70412', 70412, null]);
    assert.deepEqual(head('AGREE_TERMS', client), [null, 'client-70412', null, 'AGREE_TERMS says nothing']);
    for (const meta_agency of [null, undefined]) {
      const enquiry = { ...client, meta_agency };
      assert.deepEqual(head('CLIENT_ENQUIRY', enquiry), [null, 'client-70412', null, 'no meta_agency: an']);
      assert.deepEqual(head('DELETED_A_CLIENT', enquiry), ['TcClientDeleted', 'client-70412', 70412, null]);
    }
    assert.deepEqual(head('SENT', invoice), ['TcInvoiceUpdated', 'invoice-90210', 70412, null]);
    assert.deepEqual(head('SENT', { ...invoice, client: 5 }), ['TcInvoiceUpdated', 'invoice-90210', 5, null]);
    assert.deepEqual(head('SENT', invoice, false), [null, 'invoice-90210', null, 'invoice events are']);
    assert.deepEqual(head('SENT', { model: 'Tutor', id: 1 }), [null, 'tutor-1', null, 'nothing is done']);
  });

  it('TCA-09: an event that is no object is one that fails; a body without a list of events is none', () => {
    const parsed = parseEnvelope({ events: ['x'] }, { invoiceEvents: true });
    assert.ok(parsed.ok);
    assert.deepEqual(parsed.events[0], {
      type: 'TcClientUpdated',
      subject: 'client-unknown',
      cligencyId: null,
      summary: 'TC2 event that is no object',
      eventAt: null,
      ignoredBecause: null,
      content: 'x',
    });
    const none = parseEnvelope({ events: 5 }, { invoiceEvents: true });
    assert.deepEqual(none.ok || none.issues, [
      { path: ['events'], message: 'must be a list', code: 'invalid_type' },
    ]);
  });

  it('a strange model or action is cut before it is shown', () => {
    const parsed = parseEnvelope(
      { events: [{ action: `A\u0000\n${'x'.repeat(100)}`, subject: { model: 'Ad Hoc/Charge', id: '5' } }] },
      { invoiceEvents: true },
    );
    assert.ok(parsed.ok);
    assert.equal(parsed.events[0]?.subject, 'ad-hoc-charge-5');
    assert.ok((parsed.events[0]?.summary.length ?? 0) < 100);
    assert.ok(!parsed.events[0]?.summary.includes('\u0000'));
  });

  it('subjectAt gives nothing for what is not there', () => {
    assert.equal(subjectAt(null, 0), undefined);
    assert.equal(subjectAt({ events: [] }, 0), undefined);
    assert.equal(subjectAt({ events: ['x'] }, 0), undefined);
    assert.deepEqual(subjectAt({ events: [{ subject: { id: 1 } }] }, 0), { id: 1 });
  });

  it('TCW-02, TCW-04: sends only what differs; case and outer dashes make no difference', () => {
    const known = knownAttributes(
      new Map([
        ['pipedrive_url', 'https://acme.pipedrive.example/organization/20/'],
        ['pipedrive_id', '20'],
        ['pipedrive_deal_stage', 'demo booked'],
        ['utm_source', 'google'],
        ['region', 'north'],
      ]),
      ['region'],
    );
    assert.deepEqual(Object.keys(known), ['pipedrive_url', 'pipedrive_id', 'pipedrive_deal_stage', 'region']);
    assert.deepEqual(
      changedAttributes(
        {
          pipedrive_url: 'https://Acme.pipedrive.example/organization/20/',
          pipedrive_id: '20',
          pipedrive_deal_stage: 'Demo booked',
          pipedrive_pipeline: 'PAYG',
          region: 'South',
        },
        known,
      ),
      { pipedrive_pipeline: 'PAYG', region: 'South' },
    );
  });

  it('storableJson: what jsonb refuses is taken out, names included', () => {
    const value = {
      'a\u0000': ['\ud800', { b: 'x\u0000y', c: 1, d: null, e: true }],
      'text \\u0000': '\\u0000',
    };
    assert.equal(
      storableJson(value),
      '{"a":["\ufffd",{"b":"xy","c":1,"d":null,"e":true}],"text \\\\u0000":"\\\\u0000"}',
    );
  });
});
