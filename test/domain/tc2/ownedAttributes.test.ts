import assert from 'node:assert/strict';
import { valueOfAttribute } from '../../../domain/tc2/attributeValue.ts';
import { customAttributes } from '../../../domain/tc2/ownedAttributes.ts';

describe('domain/tc2/ownedAttributes', () => {
  const admins = new Map([[64, 1]]);
  const attribute = (type: string, value: unknown, known?: string) =>
    customAttributes([{ name: 'a', type, value }], known === undefined ? {} : { a: known }, admins)['a'];

  it('TCW-05: values go to TC2 in its words, an admin by the TC2 id', () => {
    assert.equal(attribute('user', 1), '64');
    assert.equal(attribute('user', 2), undefined, 'an admin whom TC2 does not know');
    assert.equal(attribute('money', { value: 60, currency: 'USD' }), '60');
    assert.equal(attribute('set', ['Red', 'Green']), 'Red, Green');
    assert.equal(attribute('boolean', false), 'false');
    assert.equal(attribute('date', new Date('2026-12-01T23:00:00Z')), '2026-12-01');
    assert.equal(attribute('text', ''), undefined);
  });

  it('CF-14: what an attribute says to a field, of yes and no in both words', () => {
    const words = ['true', 'yes', 'false', 'no', 'maybe'].map((word) =>
      valueOfAttribute('boolean', word, admins),
    );
    assert.deepEqual(words, [true, true, false, false, 'maybe']);
    assert.equal(valueOfAttribute('user', 'sam', admins), undefined);
  });

  it('TCW-05: what TC2 says in other words stays as it is there', () => {
    assert.equal(attribute('money', 1000, '£1,000.00'), '£1,000.00');
    assert.equal(attribute('boolean', true, 'yes'), 'yes');
    assert.equal(attribute('date', '2026-12-01', '2026-12-01t09:00:00z'), '2026-12-01t09:00:00z');
    assert.equal(attribute('money', 1001, '£1,000.00'), '1001');
    assert.equal(attribute('number', 3, 'three'), '3');
  });
});
