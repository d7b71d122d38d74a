import assert from 'node:assert/strict';
import { eventMoment, freshness, isTied } from '../../../domain/values/freshness.ts';

const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 20, 9, minute));

describe('domain/values/freshness', () => {
  it('newer or equal is applied, older is stale, older than any retry is read', () => {
    assert.equal(freshness(at(10), null), 'fresh');
    assert.equal(freshness(at(10), at(10)), 'fresh');
    assert.equal(freshness(at(9), at(10)), 'stale');
    assert.equal(freshness(at(10), at(30)), 'stale');
    assert.equal(freshness(at(10), at(31)), 'read');
  });

  it('an event did not happen after it was received', () => {
    assert.deepEqual(eventMoment(at(12), at(11)), at(11));
    assert.deepEqual(eventMoment(at(10), at(11)), at(10));
    assert.deepEqual(eventMoment(null, at(11)), at(11));
  });

  it('two events of one millisecond are tied; the first of a subject is not', () => {
    assert.equal(isTied(at(10), at(10)), true);
    assert.equal(isTied(at(10), at(11)), false);
    assert.equal(isTied(at(10), null), false);
  });
});
