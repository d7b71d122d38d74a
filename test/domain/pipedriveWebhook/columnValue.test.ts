import assert from 'node:assert/strict';
import type { FieldDefinition } from '../../../domain/pipedrive/fieldValue.ts';
import { columnValueOf, customValueOf } from '../../../domain/pipedriveWebhook/columnValue.ts';

const text: FieldDefinition = { type: 'varchar', options: null };
const options: FieldDefinition['options'] = [
  { id: 5, label: 'PAYG' },
  { id: 6, label: 'Startup' },
  { id: 7, label: null },
];
const admins = new Map([[101, 1]]);

describe('domain/pipedriveWebhook/columnValue', () => {
  const column = (name: string, value: unknown, definition = text) =>
    columnValueOf(name, value, definition, admins);
  const custom = (type: string, value: unknown, definition = text) =>
    customValueOf(type, value, definition, admins);

  it('PDO-22, CF-14: a user is the admin; one whom Hermes does not know is left out', () => {
    assert.equal(column('support_person_id', '101'), 1);
    assert.equal(column('support_person_id', 102), undefined);
    assert.equal(column('support_person_id', 'Sam'), undefined);
    assert.equal(custom('user', 101), 1);
    assert.equal(custom('user', null), undefined);
  });

  it('PDO-03, PDD-03: a count is a whole number, whatever the type of its field', () => {
    for (const value of [10, '10', '10.0', ' 10 ']) assert.equal(column('paid_invoice_count', value), 10);
    for (const value of ['10.05', '10.5', -1, 'many']) {
      assert.equal(column('paid_invoice_count', value), undefined, String(value));
    }
  });

  it('an option stands for its label; one that is not known is left out, and with it the whole set', () => {
    const single = { type: 'enum', options };
    assert.deepEqual(
      [5, '6', 7, 9].map((id) => column('price_plan', id, single)),
      ['payg', 'startup', undefined, undefined],
    );
    const set = { type: 'set', options };
    assert.equal(column('utm_source', [5, 6], set), 'PAYG, Startup');
    assert.equal(column('utm_source', [5, 9], set), undefined);
    assert.deepEqual(custom('set', [5, 9], set), ['PAYG', 9]);
    assert.equal(custom('set', [5, {}], set), undefined);
  });

  it('PDO-19, CF-16: a date is a moment for a column, a day for a field of its own', () => {
    assert.deepEqual(column('pay0_dt', '2026-11-20'), new Date('2026-11-20T00:00:00Z'));
    assert.equal(column('pay0_dt', 'soon'), undefined);
    assert.equal(custom('date', '2026-11-20T23:00:00Z'), '2026-11-20');
    assert.equal(custom('date', 'soon'), undefined);
  });

  it('money is its amount in a column, and keeps its currency in a field of its own', () => {
    const money = { value: 1000, currency: 'GBP' };
    assert.equal(column('estimated_income', money), '1000');
    assert.deepEqual(custom('money', money), money);
    assert.equal(custom('text', money), '1000');
  });

  it('text is trimmed, never empty, and cut to what a column holds, but for a questionnaire', () => {
    assert.equal(column('website', ' a.example '), 'a.example');
    assert.equal(column('website', '  '), undefined);
    assert.equal(column('website', ['a', 'b']), undefined);
    assert.equal(String(column('utm_campaign', 'ä'.repeat(300))).length, 255);
    assert.equal(String(column('signup_questionnaire', 'ä'.repeat(300))).length, 300);
    assert.equal(column('price_plan', 'Gold'), undefined);
    assert.equal(custom('text', ' '), undefined);
  });

  it('TCC-48: a field of yes and no understands both, and keeps what is neither', () => {
    assert.deepEqual(
      ['Yes', 'TRUE', '1', 1, true].map((value) => custom('boolean', value)),
      Array(5).fill(true),
    );
    assert.deepEqual(
      ['No', 'false', '0', false].map((value) => custom('boolean', value)),
      Array(4).fill(false),
    );
    assert.equal(custom('boolean', 'maybe'), 'maybe');
    assert.equal(custom('boolean', 'constructor'), 'constructor');
  });

  it('a number is one', () => {
    assert.deepEqual([custom('number', '1.5'), custom('integer', '12')], [1.5, 12]);
    assert.equal(custom('number', '1,5'), undefined);
    assert.equal(custom('text', '12'), '12');
  });
});
