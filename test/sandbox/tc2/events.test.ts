import assert from 'node:assert/strict';
import {
  clientEvent,
  deletedEvent,
  enquiryEvent,
  exampleClient,
  invoiceEvent,
  pythonJson,
  signBody,
  webhookBody,
} from '../../../sandbox/tc2/events.ts';

describe('sandbox TC2: events', () => {
  it('writes JSON as Python does', () => {
    assert.equal(
      pythonJson({ a: [1, 'é', null, true], b: { c: '"\\\n/', d: '\u{1F600}\x7f' }, e: [], f: {} }),
      '{"a": [1, "\\u00e9", null, true], "b": {"c": "\\"\\\\\\n/", "d": "\\ud83d\\ude00\\u007f"}, "e": [], "f": {}}',
    );
  });

  it('signs the raw bytes with HMAC-SHA256 in lower-case hex', () => {
    // RFC 4231, test case 2.
    assert.equal(
      signBody('what do ya want for nothing?', 'Jefe'),
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  it('envelopes events with request_time, and what it writes parses back', () => {
    const event = clientEvent(exampleClient, 'EDITED_A_CLIENT', '2026-11-20T09:14:03.512345Z');
    const body = webhookBody([event], 1_795_166_043);
    assert.match(
      body.toString(),
      /^\{"events": \[\{"action": "EDITED_A_CLIENT", "verb": "edited a client", /,
    );
    assert.match(body.toString(), /"request_time": 1795166043\}$/);
    assert.deepEqual(JSON.parse(body.toString()), { events: [event], request_time: 1_795_166_043 });
  });

  it('gives whole clients in both role shapes', () => {
    const v1 = clientEvent(exampleClient, 'EDITED_A_CLIENT', new Date(Date.UTC(2026, 10, 20)));
    assert.equal(v1.timestamp, '2026-11-20T00:00:00.000000Z');
    assert.deepEqual(v1.subject['user'], exampleClient.user);
    const v2 = clientEvent(exampleClient, 'EDITED_A_CLIENT', new Date(0), { shape: 'V2' });
    assert.equal(v2.subject['user'], undefined);
    assert.equal(v2.subject['last_name'], 'Harbour');
    assert.deepEqual(v2.subject['meta_agency'], exampleClient.meta_agency);
  });

  it('gives enquiries without an agency, and the short payload of a deleted client', () => {
    assert.equal(enquiryEvent().subject['meta_agency'], null);
    const deleted = deletedEvent();
    assert.equal(deleted.action, 'DELETED_A_CLIENT');
    assert.deepEqual(Object.keys(deleted.subject), [
      'model',
      'url',
      'id',
      'first_name',
      'last_name',
      'email',
      'role_type',
      'is_deleted',
    ]);
  });

  it('gives invoices with the short client', () => {
    const { subject } = invoiceEvent();
    assert.equal(subject.model, 'Invoice');
    const client = subject['client'] as Record<string, unknown>;
    assert.equal(client['id'], 70412);
    assert.equal(client['role_type'], 'Client');
    assert.equal(client['meta_agency'], undefined);
  });
});
