import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isLiveSecret, isSameSecret } from '../../../domain/values/sameSecret.ts';

describe('domain/values/sameSecret', () => {
  it('is true for the same text only, whatever its length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (given, expected) => {
        assert.equal(isSameSecret(given, expected), given === expected);
        assert.ok(isSameSecret(expected, expected));
        assert.ok(!isSameSecret(`${expected} `, expected));
      }),
    );
  });

  it('takes each live secret, and nothing in place of one that is absent or empty', () => {
    assert.ok(isLiveSecret('new', ['new', 'old']));
    assert.ok(isLiveSecret('old', ['new', 'old']));
    assert.ok(!isLiveSecret('older', ['new', 'old']));
    for (const given of ['', 'undefined', 'null']) {
      assert.ok(!isLiveSecret(given, [undefined, '', 'new']));
      assert.ok(!isLiveSecret(given, []));
    }
  });
});
