import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { dayOf, moment, momentOf, optionalMoment } from '../../../domain/values/moment.ts';

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
    const at = Date.parse('2026-11-18T16:02:11.123Z');
    for (const value of [
      '2026-11-18T16:02:11.123456Z',
      '2026-11-18T18:02:11.123+02:00',
      '2026-11-18 16:02:11.123',
      at,
      String(at),
      at / 1000,
    ]) {
      assert.equal(momentOf(value)?.getTime(), at, String(value));
    }
  });

  it('reads a day, a year, the seconds of an epoch as text, and a day’s last moment', () => {
    for (const [value, text] of [
      ['2026-11-20', '2026-11-20T00:00:00.000Z'],
      ['2026', '2026-01-01T00:00:00.000Z'],
      [' 1795166043 ', '2026-11-20T09:14:03.000Z'],
      ['-86400', '1969-12-31T00:00:00.000Z'],
      ['2026-11-20T10:00', '2026-11-20T10:00:00.000Z'],
    ]) {
      assert.equal(momentOf(value)?.toISOString(), text);
    }
  });

  it('TCC-47: a day is that of the moment in UTC', () => {
    assert.equal(dayOf('2026-12-01t23:30:00-05:00'), '2026-12-02');
    assert.equal(dayOf(new Date('2026-12-01T23:30:00Z')), '2026-12-01');
    for (const none of ['1795166043', 'on 2026-12-01', '2026-12-32']) assert.equal(dayOf(none), null, none);
  });

  it('an absent moment is none; a wrong one is a fault', () => {
    assert.deepEqual(
      [undefined, null, ''].map((value) => optionalMoment.parse(value)),
      [null, null, null],
    );
    assert.equal(optionalMoment.parse(0)?.getTime(), 0);
    for (const schema of [moment, optionalMoment]) {
      assert.match(String(schema.safeParse('soon').error?.issues[0]?.message), /must be a date and time/);
    }
  });

  it('is null for what is no moment', () => {
    for (const value of [
      '1899-12-31T23:59:59Z',
      '1899-12-31',
      '+010000-01-01T00:00:00Z',
      1e15,
      -2_300_000_000,
    ]) {
      assert.equal(momentOf(value), null, String(value));
    }
    assert.equal(momentOf(new Date('nonsense')), null);
    for (const value of ['', 'soon', '2026-02-30T10:00:00Z', '2026-13-01', null, {}, Number.NaN]) {
      assert.equal(momentOf(value), null, JSON.stringify(value));
    }
  });
});
