import assert from 'node:assert/strict';
import { forRegion, nextInTurn } from '../../../domain/roundRobin/choose.ts';
import { regionOf } from '../../../domain/roundRobin/regions.ts';

const admins = [{ id: 1 }, { id: 2 }, { id: 5 }];

describe('domain/roundRobin', () => {
  it('RR-02: goes round by id', () => {
    assert.deepEqual(
      [null, 1, 2, 5].map((last) => nextInTurn(admins, last)?.id),
      [1, 2, 5, 1],
    );
  });

  it('RR-03: the last person is no longer in the list', () => {
    assert.equal(nextInTurn(admins, 99)?.id, 1);
  });

  it('RR-13: nobody at all', () => {
    assert.equal(nextInTurn([], 1), undefined);
  });

  it('RR-12: nobody for the region means everybody', () => {
    assert.deepEqual(
      forRegion(admins, ({ id }) => id === 2),
      [{ id: 2 }],
    );
    assert.equal(
      forRegion(admins, () => false),
      admins,
    );
  });

  it('RR-07, RR-10, RR-11: countries and their regions', () => {
    const countries = ['US', 'GB', 'AU', 'CA', 'FR', 'jp', 'de', 'XX', ''];
    assert.deepEqual(countries.map(regionOf), ['us', 'gb', 'au', 'ca', 'eu', 'row', 'eu', 'row', 'row']);
  });
});
