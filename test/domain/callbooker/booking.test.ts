import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bookingSchema, type Booking, type SalesBooking } from '../../../domain/callbooker/booking.ts';
import { personName, titleCase } from '../../../domain/callbooker/personName.ts';
import { faultText } from '../../../domain/values/faultText.ts';

const now = new Date('2026-11-23T09:00:00Z');
const body = {
  admin_id: 1,
  name: 'Brain Junes',
  email: 'Brain@Junes.com',
  company_name: 'Junes Ltd',
  website: 'https://junes.com',
  country: 'GB',
  estimated_income: 1000,
  currency: 'GBP',
  price_plan: 'payg',
  meeting_dt: '2026-12-01T14:00:00Z',
};

const sales = (change: Record<string, unknown> = {}) =>
  bookingSchema('sales', now).safeParse({ ...body, ...change });
const support = (change: Record<string, unknown> = {}) =>
  bookingSchema('support', now).safeParse({ ...body, company_id: '7', ...change });

const parsed = (change: Record<string, unknown> = {}): SalesBooking => {
  const result = sales(change);
  assert.ok(result.success, JSON.stringify(result.error?.issues));
  assert.ok(result.data.kind === 'sales');
  return result.data;
};

const issue = (result: ReturnType<typeof sales>): { path: unknown; message: string } => {
  assert.ok(!result.success);
  const [first] = result.error.issues;
  assert.ok(first !== undefined);
  return { path: first.path, message: first.message };
};

describe('domain/callbooker/booking', () => {
  it('CBS-01, CBS-02: reads the form', () => {
    const booking = parsed();
    assert.deepEqual(booking.name, { firstName: 'Brain', lastName: 'Junes' });
    assert.equal(booking.email, 'brain@junes.com');
    assert.equal(booking.estimatedIncome, '1000');
    assert.equal(booking.start.toISOString(), '2026-12-01T14:00:00.000Z');
    const { country, currency, pricePlan, utmSource, utmCampaign, phone } = parsed({
      utm_source: 'google',
      utm_campaign: 'autumn',
      phone: 441482960123,
    });
    assert.deepEqual([country, currency, pricePlan, phone], ['GB', 'GBP', 'payg', '441482960123']);
    assert.deepEqual([utmSource, utmCampaign], ['google', 'autumn'], 'CBS-14');
  });

  it('CBU-01: reads the form of a support call', () => {
    const result = support({ phone: '01482960123', email: ' ' });
    assert.ok(result.success);
    assert.deepEqual(result.data, {
      kind: 'support',
      adminId: 1,
      companyId: 7,
      name: { firstName: 'Brain', lastName: 'Junes' },
      email: null,
      phone: '01482960123',
      start: new Date('2026-12-01T14:00:00Z'),
    });
    assert.equal(issue(support({ email: 'brain@junes.com,' })).message, 'must be an e-mail address');
  });

  it('CBS-29: tells a visitor in words what is missing or wrong', () => {
    const faults = (change: Record<string, unknown>): string[] => {
      const result = bookingSchema('sales', now).safeParse({ ...body, ...change }, { error: faultText });
      return result.success
        ? []
        : result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    };
    assert.deepEqual(
      faults({
        admin_id: undefined,
        name: null,
        email: '',
        company_name: ['Junes'],
        price_plan: 'gold',
        website: true,
      }),
      [
        'admin_id is required',
        'name is required',
        'email is required',
        'company_name must be text',
        'website must be text',
        'price_plan must be one of payg, startup, enterprise',
      ],
    );
    assert.deepEqual(faults({ admin_id: 'Sam', company_id: 0 }), [
      'admin_id must be a whole number',
      'company_id must be more than 0',
    ]);
    assert.deepEqual(faults({ price_plan: '' }), ['price_plan must be one of payg, startup, enterprise']);
  });

  it("CBS-12: the website's habits: numbers as strings, empty for absent, extra keys", () => {
    const booking = parsed({
      admin_id: '1',
      company_id: '',
      bdr_person_id: '12',
      website: '',
      phone: '',
      utm_source: null,
      call_type: 'sales',
    });
    assert.deepEqual(
      [booking.adminId, booking.companyId, booking.bdrPersonId, booking.website, booking.phone],
      [1, null, 12, null, null],
    );
    assert.equal(parsed({ bdr_person_id: 'none' }).bdrPersonId, null);
    const call = support({ email: '' });
    assert.ok(call.success && call.data.kind === 'support');
    assert.deepEqual([call.data.companyId, call.data.email], [7, null]);
  });

  it('CBS-29: no e-mail', () => {
    for (const email of [undefined, '', '  ', null, 'nell', 'nell@harbour', 'a b@c.de']) {
      assert.deepEqual(issue(sales({ email })).path, ['email']);
    }
    assert.deepEqual(issue(support({ email: 'nell' })).path, ['email']);
  });

  it('CBS-31, CBS-32: a moment in the past', () => {
    for (const meeting_dt of [123, '2026-11-23T08:59:59Z', now.toISOString()]) {
      const { path, message } = issue(sales({ meeting_dt }));
      assert.deepEqual(path, ['meeting_dt']);
      assert.match(message, /must be in the future/);
    }
    assert.deepEqual(issue(sales({ meeting_dt: 'soon' })).path, ['meeting_dt']);
    assert.match(issue(sales({ meeting_dt: '9999-12-31T23:59:59Z' })).message, /no later than the year 9998/);
  });

  it('CBS-33, CBS-36: a time without a zone is UTC; epoch seconds and offsets are understood', () => {
    const expected = '2026-12-01T14:00:00.000Z';
    const same = [
      '2026-12-01T14:00:00',
      '2026-12-01 14:00',
      '2026-12-01T15:00:00+01:00',
      1796133600,
      '1796133600',
    ];
    assert.deepEqual(
      same.map((meeting_dt) => parsed({ meeting_dt }).start.toISOString()),
      same.map(() => expected),
    );
  });

  it('CBS-38: a plan that is not sold', () => {
    assert.deepEqual(issue(sales({ price_plan: 'gold' })).path, ['price_plan']);
  });

  it('CBS-39: a single word is a last name, and names are title-cased', () => {
    assert.deepEqual(personName('madonna'), { firstName: null, lastName: 'Madonna' });
    assert.deepEqual(personName("  nell  o'HARA-smith van der berg "), {
      firstName: 'Nell',
      lastName: "O'Hara-Smith Van Der Berg",
    });
    assert.equal(personName('   '), null);
    assert.deepEqual(issue(sales({ name: ' ' })).path, ['name']);
  });

  it('CBS-21: names over 255 characters are cut', () => {
    const booking = parsed({ company_name: 'c'.repeat(300), name: `${'a'.repeat(300)} ${'b'.repeat(300)}` });
    assert.equal(booking.companyName.length, 255);
    assert.deepEqual([booking.name.firstName?.length, booking.name.lastName.length], [255, 255]);
  });

  it('never throws, whatever is posted, and what it gives can be stored', () => {
    fc.assert(
      fc.property(fc.object({ withNullPrototype: false }), (junk) => {
        for (const kind of ['sales', 'support'] as const) {
          bookingSchema(kind, now).safeParse({ ...body, company_id: 1, ...junk });
          bookingSchema(kind, now).safeParse(junk);
        }
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const result = bookingSchema('sales', now).safeParse({ ...body, name: text, company_name: text });
        if (!result.success) return;
        const booking: Booking = result.data;
        const stored = [booking.name.firstName ?? '', booking.name.lastName];
        for (const value of stored) {
          assert.ok(value.isWellFormed() && !value.includes('\u0000') && Array.from(value).length <= 255);
        }
      }),
    );
  });

  it('title-casing twice changes nothing more', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        assert.equal(titleCase(titleCase(text)), titleCase(text));
      }),
    );
  });
});
