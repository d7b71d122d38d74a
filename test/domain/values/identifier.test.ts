import assert from 'node:assert/strict';
import { count, identifierOf } from '../../../domain/values/identifier.ts';

describe('domain/values/identifier', () => {
  it('an id is a positive whole number that the tables hold, or its digits', () => {
    assert.deepEqual([1, 2_147_483_647, ' 70412 '].map(identifierOf), [1, 2_147_483_647, 70_412]);
    for (const none of [0, '0', -1, 1.5, '1.5', 2_147_483_648, '2147483648', '1x', 'x1', '', null, true]) {
      assert.equal(identifierOf(none), null, String(none));
    }
  });

  it('a count may be none', () => {
    const counted = (value: unknown) => count.safeParse(value).data;
    assert.deepEqual([0, '0', ' 7 ', 2_147_483_647].map(counted), [0, 0, 7, 2_147_483_647]);
    for (const none of [-1, 1.5, 2_147_483_648, '2147483648', '1x', 'x1', '']) {
      assert.equal(counted(none), undefined, String(none));
    }
    assert.equal(count.safeParse({}).error?.issues[0]?.message, 'must be a whole number');
    assert.equal(count.safeParse(null).error?.issues[0]?.message, 'is required');
  });
});
