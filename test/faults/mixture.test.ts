import assert from 'node:assert/strict';
import { faultsInOrder } from '../../chaos/faults/mixture.ts';
import { seededRandom } from '../../chaos/random.ts';

describe('chaos/faults/mixture', () => {
  /** Names of the faults of a run, as many as it would ever draw. */
  const drawn = (seed: number, seconds: number): string[] =>
    [...faultsInOrder({ only: null, seconds, random: seededRandom(seed) })].map(({ name }) => name);

  it('draws the same faults in the same order for a seed', () => {
    const once = drawn(42, 120);
    assert.ok(new Set(once).size > 20);
    assert.deepEqual(drawn(42, 120), once);
    assert.notDeepEqual(drawn(43, 120), once);
  });

  it('leaves out what takes more than a quarter of a run, and gives no fault more than a third of it', () => {
    assert.ok(!drawn(42, 120).includes('temporal-away'));
    assert.equal(drawn(42, 300).filter((name) => name === 'temporal-away').length, 1);
    assert.equal(drawn(42, 120).filter((name) => name === 'worker-killed').length, 4);
    assert.deepEqual(drawn(42, 1), []);
  });
});
