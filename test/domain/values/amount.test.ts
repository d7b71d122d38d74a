import assert from 'node:assert/strict';
import { amountOf } from '../../../domain/values/amount.ts';

describe('domain/values/amount', () => {
  it('is the one number of a text, with its currency or without', () => {
    for (const [text, amount] of [
      ['1000', 1000],
      ['£1,234,567.50 ', 1_234_567.5],
      ['-5', -5],
      ['10 kr', 10],
      ['10 Malagasy ariary', 10],
      [12.5, 12.5],
    ] as const) {
      assert.equal(amountOf(text), amount, String(text));
    }
  });

  it('is nothing where the text names none, more than one, or a multiple', () => {
    for (const none of [
      'none',
      '',
      '5 to 10',
      '1,23',
      '10k',
      '£10 K per month',
      '1.5m',
      '2 million',
      '10%',
    ]) {
      assert.equal(amountOf(none), undefined, none);
    }
    for (const none of [null, true, Number.NaN, Infinity]) assert.equal(amountOf(none), undefined);
  });
});
