import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DateTime } from 'luxon';
import { freeSlots, type SlotQuery } from '../../../domain/availability/slots.ts';
import { overlaps, touches, without } from '../../../domain/availability/touching.ts';

const london = {
  timezone: 'Europe/London',
  durationMins: 30,
  bufferMins: 15,
  minStart: '10:00',
  maxEnd: '17:30',
};

const julyDays: SlotQuery = {
  ...london,
  from: new Date('2026-07-07T00:00:00Z'),
  to: new Date('2026-07-10T00:00:00Z'),
  busy: [{ start: new Date('2026-07-08T11:00:00Z'), end: new Date('2026-07-08T12:30:00Z') }],
};

const startsByDay = (query: SlotQuery): Map<string, string[]> => {
  const days = new Map<string, string[]>();
  for (const { start } of freeSlots(query)) {
    const text = start.toISOString();
    const day = text.slice(0, 10);
    days.set(day, [...(days.get(day) ?? []), text.slice(11, 16)]);
  }
  return days;
};

describe('domain/availability/slots', () => {
  it('AVL-04: a summer week in London with a busy lunch', () => {
    const days = startsByDay(julyDays);
    assert.deepEqual(
      [...days.values()].map(({ length }) => length),
      [10, 7, 10],
    );
    assert.deepEqual(days.get('2026-07-08'), ['09:00', '09:45', '12:45', '13:30', '14:15', '15:00', '15:45']);
  });

  it('a range that begins within a minute has the same grid', () => {
    const from = new Date('2026-07-07T00:00:17.500Z');
    assert.deepEqual(freeSlots({ ...julyDays, from }), freeSlots(julyDays));
  });

  it('an admin’s own call is cut out of what is busy', () => {
    const at = (hour: number): Date => new Date(Date.UTC(2026, 6, 8, hour));
    const busy = (start: number, end: number) => ({ start: at(start), end: at(end) });
    const left = (...periods: { start: Date; end: Date }[]) =>
      without(periods, busy(11, 12)).map(({ start, end }) => [start.getUTCHours(), end.getUTCHours()]);
    assert.deepEqual(left(busy(10, 13)), [
      [10, 11],
      [12, 13],
    ]);
    assert.deepEqual(left(busy(11, 12)), []);
    assert.deepEqual(left(busy(10, 11), busy(12, 13), busy(11, 13)), [
      [10, 11],
      [12, 13],
      [12, 13],
    ]);
  });

  it('AVL-08: the same days without a buffer', () => {
    const days = startsByDay({ ...julyDays, bufferMins: 0 });
    assert.deepEqual(
      [...days.values()].map(({ length }) => length),
      [15, 10, 15],
    );
    assert.deepEqual(days.get('2026-07-08'), [
      '09:00',
      '09:30',
      '10:00',
      '13:00',
      '13:30',
      '14:00',
      '14:30',
      '15:00',
      '15:30',
      '16:00',
    ]);
  });

  it('AVL-07: a range inside a busy period has no slots', () => {
    const slots = freeSlots({
      ...julyDays,
      from: new Date('2026-07-08T11:05:00Z'),
      to: new Date('2026-07-08T12:25:00Z'),
    });
    assert.deepEqual(slots, []);
  });

  it('follows the change to winter time within one range', () => {
    const days = startsByDay({
      ...london,
      from: new Date('2026-10-23T00:00:00Z'),
      to: new Date('2026-10-28T00:00:00Z'),
      busy: [],
    });
    assert.deepEqual(
      [...days].map(([day, starts]) => [day, starts.at(0), starts.at(-1)]),
      [
        ['2026-10-23', '09:00', '15:45'],
        ['2026-10-26', '10:00', '16:45'],
        ['2026-10-27', '10:00', '16:45'],
      ],
    );
  });

  it("an admin's Monday may be the visitor's Sunday", () => {
    const slots = freeSlots({
      ...london,
      timezone: 'Pacific/Auckland',
      from: new Date('2026-07-05T00:00:00Z'),
      to: new Date('2026-07-06T00:00:00Z'),
      busy: [],
    });
    assert.equal(slots.at(0)?.start.toISOString(), '2026-07-05T22:00:00.000Z');
  });

  it('a call booked here keeps its buffer free, and another may begin right after it', () => {
    const taken = [{ start: new Date('2026-07-07T09:20:00Z'), end: new Date('2026-07-07T10:30:00Z') }];
    const days = startsByDay({ ...julyDays, busy: [], taken });
    assert.deepEqual(days.get('2026-07-07')?.slice(0, 2), ['10:30', '11:15']);
  });

  it('AVL-08: without a buffer, slots that touch a call booked here are not free', () => {
    const taken = [{ start: new Date('2026-07-07T09:30:00Z'), end: new Date('2026-07-07T10:00:00Z') }];
    const days = startsByDay({ ...julyDays, bufferMins: 0, busy: [], taken });
    assert.deepEqual(days.get('2026-07-07')?.slice(0, 2), ['10:30', '11:00']);
  });

  it('an empty or reversed range has none', () => {
    assert.deepEqual(freeSlots({ ...julyDays, to: julyDays.from }), []);
    assert.deepEqual(freeSlots({ ...julyDays, from: julyDays.to, to: julyDays.from }), []);
  });

  const zones = [
    'Europe/London',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Pacific/Apia',
    'America/St_Johns',
    'Africa/Casablanca',
    'UTC',
  ];
  const minute = 60_000;
  const anyQuery = fc
    .record({
      zone: fc.constantFrom(...zones),
      durationMins: fc.integer({ min: 5, max: 120 }),
      bufferMins: fc.integer({ min: 0, max: 60 }),
      opens: fc.integer({ min: 0, max: 12 }),
      hours: fc.integer({ min: 1, max: 11 }),
      // Whole minutes of 2026 and 2027, so that every change of daylight saving comes by.
      from: fc.integer({ min: 0, max: 2 * 365 * 1440 }),
      days: fc.integer({ min: 0, max: 9 }),
      busy: fc.array(
        fc.record({ at: fc.integer({ min: -300, max: 9 * 1440 }), mins: fc.integer({ min: 1, max: 600 }) }),
        {
          maxLength: 8,
        },
      ),
    })
    .map((raw): SlotQuery => {
      const from = new Date(Date.UTC(2026, 0, 1) + raw.from * minute);
      const hh = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;
      return {
        timezone: raw.zone,
        durationMins: raw.durationMins,
        bufferMins: raw.bufferMins,
        minStart: hh(raw.opens),
        maxEnd: hh(raw.opens + raw.hours),
        from,
        to: new Date(from.getTime() + raw.days * 1440 * minute),
        busy: raw.busy.map(({ at, mins }) => ({
          start: new Date(from.getTime() + at * minute),
          end: new Date(from.getTime() + (at + mins) * minute),
        })),
      };
    });

  it('every slot is inside the range, inside working hours on a working day, and touches nothing busy', () => {
    fc.assert(
      fc.property(anyQuery, (query) => {
        let last: Date | undefined;
        for (const slot of freeSlots(query)) {
          assert.ok(slot.start >= query.from && slot.end <= query.to);
          assert.equal(slot.end.getTime() - slot.start.getTime(), query.durationMins * minute);
          const start = DateTime.fromJSDate(slot.start, { zone: query.timezone });
          const end = DateTime.fromJSDate(slot.end, { zone: query.timezone });
          assert.ok(start.weekday <= 5, start.toISO() ?? '');
          assert.ok(start.toFormat('HH:mm') >= query.minStart || start.offset !== end.offset);
          assert.ok(end.toMillis() <= end.set(clockOf(query.maxEnd)).toMillis());
          assert.ok(!query.busy.some((period) => touches(slot, period)));
          if (last !== undefined) {
            assert.ok(slot.start.getTime() - last.getTime() >= query.bufferMins * minute);
          }
          last = slot.end;
        }
      }),
    );
  });

  it('nothing that is free is left out: what the calendar takes away is all that is missing', () => {
    fc.assert(
      fc.property(anyQuery, (query) => {
        const all = freeSlots({ ...query, busy: [] });
        const free = new Set(freeSlots(query).map(({ start }) => start.getTime()));
        for (const slot of all) {
          const busy = query.busy.some((period) => touches(slot, period));
          assert.equal(free.has(slot.start.getTime()), !busy);
        }
      }),
    );
  });

  it('a month for one admin is computed from its grid alone: days times slots, no more work', () => {
    const slots = freeSlots({
      ...london,
      from: new Date('2026-11-01T00:00:00Z'),
      to: new Date('2026-12-01T00:00:00Z'),
      busy: [],
    });
    assert.equal(slots.length, 21 * 10);
  });
});

const clockOf = (text: string): { hour: number; minute: number; second: number; millisecond: number } => ({
  hour: Number(text.slice(0, 2)),
  minute: Number(text.slice(3)),
  second: 0,
  millisecond: 0,
});

describe('domain/availability/touching', () => {
  const at = (from: number, to: number) => ({ start: new Date(from), end: new Date(to) });
  it('CAL-03, CAL-05: touching counts as busy', () => {
    assert.ok(touches(at(30, 40), at(0, 30)));
    assert.ok(touches(at(0, 30), at(30, 40)));
    assert.ok(!touches(at(0, 30), at(31, 40)));
    assert.ok(!overlaps(at(0, 30), at(30, 40)));
  });
});
