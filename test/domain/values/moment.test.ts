import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { momentOf } from '../../../domain/values/moment.ts';

const two = (max: number): fc.Arbitrary<string> =>
  fc.integer({ min: 0, max }).map((value) => String(value).padStart(2, '0'));

/** Times in UTC, among them days and hours that do not exist. */
const utcTexts = fc
  .record({
    year: fc.integer({ min: 1900, max: 9999 }),
    month: two(13),
    day: two(32),
    hour: two(25),
    minute: two(60),
    second: two(60),
    fraction: fc.option(fc.integer({ min: 0, max: 999_999 }), { nil: null }),
  })
  .map(
    ({ year, month, day, hour, minute, second, fraction }) =>
      `${year}-${month}-${day}T${hour}:${minute}:${second}${fraction === null ? '' : `.${fraction}`}Z`,
  );

describe('domain/values/moment', () => {
  it('reads times in UTC as a full parser does, and refuses days that do not exist', () => {
    fc.assert(
      fc.property(utcTexts, (text) => {
        const full = DateTime.fromISO(text, { zone: 'utc' });
        const date = momentOf(text);
        assert.equal(date?.getTime() ?? null, full.isValid ? full.toMillis() : null, text);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads microseconds, offsets, epochs', () => {
    const moment = Date.parse('2026-11-18T16:02:11.123Z');
    for (const value of [
      '2026-11-18T16:02:11.123456Z',
      '2026-11-18T18:02:11.123+02:00',
      '2026-11-18 16:02:11.123',
      moment,
      String(moment),
      moment / 1000,
    ]) {
      assert.equal(momentOf(value)?.getTime(), moment, String(value));
    }
  });

  it('is null for what is no moment', () => {
    for (const value of ['', 'soon', '2026-02-30T10:00:00Z', '2026-13-01', null, {}, Number.NaN]) {
      assert.equal(momentOf(value), null, JSON.stringify(value));
    }
  });
});
