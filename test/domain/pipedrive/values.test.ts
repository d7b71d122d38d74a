import assert from 'node:assert/strict';
import fc from 'fast-check';
import { wantedActivity } from '../../../domain/pipedrive/activity.ts';
import { organizationChanges, personChanges } from '../../../domain/pipedrive/changes.ts';
import { coalesceMs } from '../../../domain/pipedrive/coalesce.ts';
import { mergedDetails } from '../../../domain/pipedrive/contactDetails.ts';
import {
  bodyOf,
  changedFields,
  filledFields,
  knownFromReading,
  knownOfOwn,
  sameValue,
  withDoubts,
} from '../../../domain/pipedrive/fields.ts';
import { toPipedrive, type FieldDefinition } from '../../../domain/pipedrive/fieldValue.ts';
import { hasCustomValue, hasDetail, organizationSearches } from '../../../domain/pipedrive/searches.ts';
import {
  wantedDeal,
  wantedOrganization,
  wantedPaidInvoiceCount,
  wantedPerson,
  type WantedContext,
} from '../../../domain/pipedrive/wanted.ts';
import { customField, fieldMap } from './support.ts';

const definition = (type: string, options: FieldDefinition['options'] = null): FieldDefinition => ({
  type,
  options,
});

describe('values as Pipedrive takes them', () => {
  const yesNo = [
    { id: 201, label: 'Yes' },
    { id: 202, label: 'No' },
  ];
  const convert = (value: unknown, type: string, options: FieldDefinition['options'] = null) =>
    toPipedrive(value, definition(type, options), 'GBP');

  it('SYN-25: ids and counts are text unless the field is a number', () => {
    assert.equal(convert(5, 'varchar'), '5');
    assert.equal(convert(5, 'text'), '5');
    assert.equal(convert(5, 'double'), 5);
    assert.equal(convert('1,000.50', 'double'), 1000.5);
    assert.equal(convert('none', 'double'), undefined);
    assert.equal(convert('5 to 10', 'double'), undefined, 'a range is no number');
    assert.equal(convert('£1,000 – £2,000', 'monetary'), undefined);
    assert.deepEqual([convert(false, 'double'), convert(true, 'double')], [0, 1]);
    assert.equal(convert({ value: '1,500', currency: 'GBP' }, 'double'), 1500);
  });

  it('SYN-69, TCC-48: an option goes by its id, found by its label in any case; a checkbox by yes and no', () => {
    assert.equal(convert('yes', 'enum', yesNo), 201);
    assert.equal(convert('NO', 'enum', yesNo), 202);
    assert.equal(convert(true, 'enum', yesNo), 201);
    assert.equal(convert(false, 'enum', yesNo), 202);
    assert.equal(convert('true', 'enum', yesNo), 201);
    assert.equal(convert(202, 'enum', yesNo), 202);
    assert.equal(convert('maybe', 'enum', yesNo), undefined, 'an unknown option is left out');
    assert.equal(convert('yes', 'enum'), undefined);
    assert.equal(convert('on', 'enum', [{ id: 203, label: ' Yes ' }]), 203);
    assert.equal(convert('maybe', 'enum', [{ id: 'maybe', label: null }]), undefined, 'an id is a number');
  });

  it('a label goes before an id of the same digits', () => {
    const options = [
      { id: 1, label: '2' },
      { id: 2, label: '1' },
    ];
    assert.equal(convert('1', 'enum', options), 2);
  });

  it('a set is a list of ids; none of them known is no value, never an empty list', () => {
    assert.deepEqual(convert('Yes, no', 'set', yesNo), [201, 202]);
    assert.deepEqual(convert(['no'], 'set', yesNo), [202]);
    assert.equal(convert(['maybe'], 'set', yesNo), undefined);
  });

  it('CF-15, CF-19, TCC-47: a date is the day in UTC', () => {
    assert.equal(convert(new Date('2026-11-03T23:30:00Z'), 'date'), '2026-11-03');
    assert.equal(convert('2026-11-03T23:30:00+00:00', 'date'), '2026-11-03');
    assert.equal(convert('2026-11-03T23:30:00-05:00', 'date'), '2026-11-04');
    assert.equal(convert('2026-11-03t23:30:00z', 'date'), '2026-11-03');
    for (const none of ['soon', '2026-13-01', '2026-02-30', '20261201', '']) {
      assert.equal(convert(none, 'date'), undefined, none);
    }
  });

  it('money brings a currency, a user is a number, text is cut where the field ends', () => {
    assert.deepEqual(convert('1000', 'monetary'), { value: 1000, currency: 'GBP' });
    assert.deepEqual(convert({ value: 5, currency: 'USD' }, 'monetary'), { value: 5, currency: 'USD' });
    assert.equal(convert('101', 'user'), 101);
    assert.equal(convert(new Date('2026-11-03T23:30:00Z'), 'varchar'), '2026-11-03T23:30:00.000Z');
    assert.equal(convert(15, 'time'), '15', 'a type of which nothing is known takes text');
    assert.deepEqual(convert({ value: '15:00', timezone_id: 1 }, 'time'), { value: '15:00', timezone_id: 1 });
    assert.equal(String(convert('ä'.repeat(300), 'varchar')).length, 255);
    assert.equal(String(convert('x'.repeat(300), 'text')).length, 300);
    assert.equal(convert({ a: 1 }, 'text'), '{"a":1}');
    assert.equal(String(convert('x'.repeat(70_000), 'text')).length, 65_000);
  });

  it('an address needs its line', () => {
    assert.deepEqual(convert('1 High St', 'address'), { value: '1 High St' });
    assert.deepEqual(convert({ value: '1 High St', locality: 'Hull' }, 'address'), {
      value: '1 High St',
      locality: 'Hull',
    });
  });
});

describe('comparison of fields', () => {
  it('SYN-70: looks into sub-fields and unwraps {type, value} and {id, type}', () => {
    assert.ok(sameValue('trial', { type: 'varchar', value: 'trial' }));
    assert.ok(sameValue(101, { id: 101, type: 'user' }));
    assert.ok(sameValue(201, { type: 'enum', id: 201 }));
    assert.ok(sameValue([201, 202], { type: 'set', values: [{ id: 202 }, { id: 201 }] }));
    assert.ok(
      sameValue({ value: 1000, currency: 'GBP' }, { type: 'monetary', value: 1000, currency: 'GBP' }),
    );
    assert.ok(!sameValue({ value: 1000, currency: 'GBP' }, { value: 1000, currency: 'EUR' }));
    assert.ok(
      sameValue(
        { value: 'GB', country: 'GB' },
        { value: 'GB', country: 'GB', locality: null, formatted_address: 'United Kingdom' },
      ),
    );
    assert.ok(!sameValue('trial', { type: 'varchar', value: 'active' }));
    assert.ok(sameValue({ value: '1 High St' }, '1 High St'));
    assert.ok(sameValue('1 High St', { value: '1 High St', country: null }));
    assert.ok(!sameValue({ value: 1000, currency: 'GBP' }, { value: 1000 }));
    assert.ok(!sameValue([201], [201, 202]));
    assert.ok(!sameValue([201, 203], [201, 202]));
    assert.ok(!sameValue([{ person_id: 1 }, { person_id: 2 }], [{ person_id: 2 }, { person_id: 1 }]));
    assert.ok(!sameValue([5], '5'), 'a list is no single value');
    assert.ok(!sameValue({ country: 'GB' }, '[object Object]'));
  });

  it('numbers and their digits are equal, null and empty text too', () => {
    assert.ok(sameValue('5', 5));
    assert.ok(sameValue(null, ''));
    assert.ok(sameValue([], null));
    assert.ok(!sameValue('5', 50));
    assert.ok(!sameValue(null, 0));
  });

  it('SYN-26: a create leaves out null and empty text', () => {
    assert.deepEqual(bodyOf(filledFields({ name: 'A', owner_id: null, 'custom_fields.h': '' })), {
      name: 'A',
    });
  });

  it('SYN-33: only what differs is written; a field is cleared only where one of ours was held', () => {
    assert.deepEqual(
      changedFields({ name: 'A', 'custom_fields.h': 'x' }, { name: 'A', 'custom_fields.h': 'y' }),
      {
        'custom_fields.h': 'x',
      },
    );
    assert.deepEqual(changedFields({ 'custom_fields.h': null }, { 'custom_fields.h': 'y' }), {
      'custom_fields.h': null,
    });
    assert.deepEqual(changedFields({ 'custom_fields.h': null }, {}), {});
    assert.deepEqual(
      changedFields({ name: null, owner_id: null, deal_id: null }, { name: 'A', owner_id: 1, deal_id: 9 }),
      {},
    );
  });

  it('SYN-33: what was read of fields that Hermes has no value for is not ours to clear', () => {
    const wanted = { name: 'A', 'custom_fields.h': null, 'custom_fields.k': 'x' };
    const known = knownFromReading(
      { name: 'A', custom_fields: { h: 'theirs', k: null }, status: 'open' },
      wanted,
    );
    assert.deepEqual(known, { name: 'A', 'custom_fields.k': null, status: 'open' });
    assert.deepEqual(changedFields(wanted, known), { 'custom_fields.k': 'x' });
  });

  it('what Pipedrive does not let go empty is never emptied', () => {
    const names =
      'name title owner_id address emails phones org_id person_id deal_id participants due_date due_time'.split(
        ' ',
      );
    const all = (value: unknown) => Object.fromEntries(names.map((name) => [name, value]));
    assert.deepEqual(changedFields(all(null), all('held')), {});
  });

  it('a field whose write was left without an answer is written again; lists and a status count as before', () => {
    const known = {
      name: 'A',
      'custom_fields.h': null,
      emails: [],
      phones: [],
      address: 'x',
      status: 'open',
    };
    assert.equal(withDoubts(known, ['emails', 'phones', 'address', 'status']), known);
    const doubtful = withDoubts(known, ['name', 'custom_fields.h', 'status']);
    assert.deepEqual(changedFields(known, doubtful), { name: 'A', 'custom_fields.h': null });
  });

  it('SYN-33: of a record that Hermes made itself every wanted field is ours', () => {
    const record = { name: 'A', 'custom_fields.h': 'no', custom_fields: { h: 'ours' }, status: 7 };
    const wanted = { name: 'A', owner_id: 1, 'custom_fields.h': null, 'custom_fields.k': null };
    assert.deepEqual(knownOfOwn(record, wanted), {
      name: 'A',
      owner_id: null,
      'custom_fields.h': 'ours',
      'custom_fields.k': null,
    });
    assert.deepEqual(bodyOf({ name: 'A', 'custom_fields.h': 1 }), { name: 'A', custom_fields: { h: 1 } });
  });

  it('what was written is no difference any more', () => {
    const value = fc.oneof(
      fc.constant(null),
      fc.string(),
      fc.integer(),
      fc.array(fc.integer(), { maxLength: 4 }),
      fc.record({ value: fc.string({ minLength: 1 }), currency: fc.constantFrom('GBP', 'EUR') }),
    );
    const fields = fc.dictionary(
      fc.constantFrom('name', 'owner_id', 'custom_fields.a', 'custom_fields.b'),
      value,
    );
    fc.assert(
      fc.property(fields, fields, (wanted, known) => {
        const after = { ...known, ...changedFields(wanted, known) };
        assert.deepEqual(changedFields(wanted, after), {});
      }),
    );
  });
});

describe('what is written to a linked record', () => {
  const address = { value: 'GB', country: 'GB' };
  it('a country fills an empty address and follows a bare country code; a street that sales typed stays', () => {
    assert.deepEqual(organizationChanges({ address }, {}), { address });
    assert.deepEqual(organizationChanges({ address }, { address: { value: 'FR', country: 'FR' } }), {
      address,
    });
    assert.deepEqual(organizationChanges({ address }, { address: 'FR' }), { address });
    assert.deepEqual(
      organizationChanges({ address }, { address: { value: '1 Quay, Leeds', country: 'FR' } }),
      {},
    );
    assert.deepEqual(
      organizationChanges({ address }, { address: { value: 'GB', country: 'GB', locality: null } }),
      {},
    );
    assert.deepEqual(organizationChanges({ address: null }, { address }), {});
    assert.deepEqual(organizationChanges({ address }, { address: { country: 'GB' } }), {});
    for (const line of ['LEEDS', 'Quay 1, GB', 'GB-LND']) {
      assert.deepEqual(organizationChanges({ address }, { address: line }), {}, line);
    }
    assert.deepEqual(organizationChanges({ address }, { address: null }), { address });
  });

  it('SYN-48: an address of a person is added in front, those of sales staff stay', () => {
    const wanted = [{ value: 'nell@harbour-tutors.example', label: 'work', primary: true }];
    assert.deepEqual(mergedDetails(wanted, []), wanted);
    assert.deepEqual(
      mergedDetails(wanted, [{ value: 'office@harbour-tutors.example', label: 'home', primary: true }]),
      [...wanted, { value: 'office@harbour-tutors.example', label: 'home', primary: false }],
    );
    assert.equal(
      mergedDetails(wanted, [{ value: 'Nell@Harbour-Tutors.example', label: 'x', primary: false }]),
      null,
    );
    assert.equal(mergedDetails(null, wanted), null);
    assert.deepEqual(
      mergedDetails([{ value: '+44 1632 960 000', label: 'work', primary: true }], ['+441632960000']),
      null,
    );
    assert.deepEqual(
      mergedDetails(wanted, ['a@x.example', null, 5, { value: '' }, { value: 5 }, { value: 'b', label: '' }]),
      [
        ...wanted,
        { value: 'a@x.example', label: 'work', primary: false },
        { value: 'b', label: 'work', primary: false },
      ],
    );
    assert.deepEqual(personChanges({ phones: wanted }, {}), { phones: wanted });
    assert.deepEqual(
      personChanges({ emails: wanted, phones: null }, { emails: [], phones: [{ value: '1' }] }),
      {
        emails: wanted,
      },
    );
  });

  it('SYN-69: pipeline, stage and marketing status are no part of an update', () => {
    const wanted = wantedDeal(
      context({ deal: { hermes_id: 'h_id' } }),
      company,
      { ...deal, pipeline_id: 3, stage_id: 5 },
      { pdPersonId: null },
      new Map(),
    );
    const changes = Object.keys(changedFields(wanted, {}));
    assert.ok(!changes.includes('pipeline_id') && !changes.includes('stage_id'));
    const person = wantedPerson(context(), company, contact, new Map());
    assert.ok(!Object.keys(personChanges(person, {})).includes('marketing_status'));
  });
});

const company = {
  id: 1,
  name: 'Harbour Tutors',
  tc2_cligency_id: 70412,
  country: 'GB',
  currency: null,
  sales_person_id: 1,
  support_person_id: null,
  bdr_person_id: 6,
  pd_org_id: 20,
  paid_invoice_count: 5,
  website: 'https://harbour-tutors.example',
};
const contact = { id: 7, first_name: 'Nell', last_name: 'Harbour', email: null, phone: null };
const deal = {
  id: 9,
  name: null,
  admin_id: 1,
  support_person_id: null,
  bdr_person_id: 6,
  paid_invoice_count: 2,
};

const context = (
  keys: Parameters<typeof fieldMap>[0] = {},
  definitions: Record<string, FieldDefinition> = {},
  customFields: Parameters<typeof fieldMap>[2] = [],
): WantedContext => ({
  map: fieldMap(keys, definitions, customFields),
  owners: new Map([
    [1, 101],
    [6, 106],
    [8, null],
  ]),
  tc2BaseUrl: 'https://secure.tutorcruncher.example',
  currency: 'GBP',
});

describe('what Pipedrive should hold', () => {
  it('SYN-27, SYN-42, SYN-43, SYN-45: organization with owner, address, and mapped fields', () => {
    const keys = { hermes_id: 'h_id', bdr_person_id: 'h_bdr', website: 'h_web', tc2_cligency_url: 'h_url' };
    assert.deepEqual(wantedOrganization(context({ organization: keys }), company, new Map()), {
      name: 'Harbour Tutors',
      owner_id: 101,
      address: { value: 'GB', country: 'GB' },
      'custom_fields.h_id': '1',
      'custom_fields.h_bdr': 106,
      'custom_fields.h_web': 'https://harbour-tutors.example',
      'custom_fields.h_url': 'https://secure.tutorcruncher.example/clients/70412/',
    });
  });

  it('SYN-27: hermes_id is a number where the field is one', () => {
    const wanted = wantedOrganization(
      context({ organization: { hermes_id: 'h_id' } }, { h_id: definition('double') }),
      company,
      new Map(),
    );
    assert.equal(wanted['custom_fields.h_id'], 1);
  });

  it('an admin without a Pipedrive user is no owner', () => {
    assert.equal(
      wantedOrganization(context(), { ...company, sales_person_id: 8 }, new Map())['owner_id'],
      null,
    );
  });

  it('SYN-28, SYN-29, SYN-31: a person without e-mail and phone has neither key', () => {
    const wanted = wantedPerson(context(), company, { ...contact, email: '', phone: '' }, new Map());
    assert.deepEqual(filledFields(wanted), { name: 'Nell Harbour', owner_id: 101, org_id: 20 });
    const last = wantedPerson(context(), company, { ...contact, first_name: null }, new Map());
    assert.equal(last['name'], 'Harbour');
    const nameless = { ...contact, first_name: '', last_name: null };
    assert.equal(wantedPerson(context(), company, nameless, new Map())['name'], 'Harbour Tutors');
    const email = 'nell@harbour-tutors.example';
    assert.equal(wantedPerson(context(), company, { ...nameless, email }, new Map())['name'], email);
  });

  it('SYN-32, SYN-45: a person has an address, a number, our id and fields of its own', () => {
    const fields = [customField({ entity: 'person', pipedriveKey: 'h_own' })];
    const full = { ...contact, email: 'nell@harbour-tutors.example', phone: '01632960000' };
    const own = context({ person: { hermes_id: 'h_id' } }, {}, fields);
    assert.deepEqual(wantedPerson(own, company, full, new Map([[1, 'x']])), {
      name: 'Nell Harbour',
      owner_id: 101,
      org_id: 20,
      emails: [{ value: 'nell@harbour-tutors.example', label: 'work', primary: true }],
      phones: [{ value: '01632960000', label: 'work', primary: true }],
      'custom_fields.h_own': 'x',
      'custom_fields.h_id': '7',
    });
  });

  it('an amount is in the company’s currency, else in that of the configuration', () => {
    const keys = { organization: { estimated_income: 'h' }, deal: { estimated_income: 'h' } };
    const money = context(keys, { h: definition('monetary') });
    for (const [currency, expected] of [
      ['EUR', 'EUR'],
      [null, 'GBP'],
      ['', 'GBP'],
    ] as const) {
      const amount = { value: 1000, currency: expected };
      const of = { ...company, currency, estimated_income: '1000' };
      assert.deepEqual(wantedOrganization(money, of, new Map())['custom_fields.h'], amount);
      const inherited = { ...deal, estimated_income: '1000' };
      const wanted = wantedDeal(money, of, inherited, { pdPersonId: null }, new Map());
      assert.deepEqual(wanted['custom_fields.h'], amount);
    }
  });

  it('what a field cannot hold is left out; a company without a client or a country has neither', () => {
    const choice = context(
      { organization: { price_plan: 'h', tc2_cligency_url: 'h_url', support_person_id: 'h_staff' } },
      { h: definition('enum', []) },
    );
    const bare = {
      ...company,
      price_plan: 'payg',
      tc2_cligency_id: null,
      country: null,
      support_person_id: 6,
    };
    assert.deepEqual(wantedOrganization(choice, bare, new Map()), {
      name: 'Harbour Tutors',
      owner_id: 101,
      address: null,
      'custom_fields.h_url': null,
      'custom_fields.h_staff': 106,
    });
  });

  it('SYN-21: a deal names organization, person, owner and mapped fields; without a name it is titled as its company', () => {
    const keys = {
      hermes_id: 'h_id',
      tc2_cligency_url: 'h_url',
      support_person_id: 'h_support',
      bdr_person_id: 'h_bdr',
      paid_invoice_count: 'h_count',
    };
    const supported = { ...deal, support_person_id: 1 };
    assert.deepEqual(wantedDeal(context({ deal: keys }), company, supported, { pdPersonId: 70 }, new Map()), {
      title: 'Harbour Tutors',
      org_id: 20,
      person_id: 70,
      owner_id: 101,
      'custom_fields.h_id': '9',
      'custom_fields.h_url': 'https://secure.tutorcruncher.example/clients/70412/',
      'custom_fields.h_support': 101,
      'custom_fields.h_bdr': 106,
      'custom_fields.h_count': '2',
    });
    const named = wantedDeal(
      context(),
      company,
      { ...deal, name: 'Upsell' },
      { pdPersonId: null },
      new Map(),
    );
    assert.equal(named['title'], 'Upsell');
  });

  it('OPS-04, OPS-05, OPS-10, OPS-15: a paying company writes its own count, as text', () => {
    const mapped = context({ deal: { paid_invoice_count: 'h_count' } });
    assert.deepEqual(bodyOf(wantedPaidInvoiceCount(mapped, 42)), { custom_fields: { h_count: '42' } });
    assert.deepEqual(wantedPaidInvoiceCount(mapped, null), {});
    assert.deepEqual(wantedPaidInvoiceCount(context(), 42), {});
  });

  it('CF-01, CF-02, CF-10, CF-18: a bound field has the column’s value, an unbound one its own; none is null', () => {
    const fields = [
      customField({ id: 1, pipedriveKey: 'h_bound', column: 'website' }),
      customField({ id: 2, pipedriveKey: 'h_own' }),
      customField({ id: 3, pipedriveKey: 'h_none' }),
      customField({ id: 4, pipedriveKey: 'h_deal', entity: 'deal' }),
    ];
    const wanted = wantedOrganization(context({}, {}, fields), company, new Map([[2, 'cpc']]));
    assert.equal(wanted['custom_fields.h_bound'], 'https://harbour-tutors.example');
    assert.equal(wanted['custom_fields.h_own'], 'cpc');
    assert.equal(wanted['custom_fields.h_none'], null);
    assert.ok(!('custom_fields.h_deal' in wanted));
  });

  it('CF-13, CF-20: an admin field goes out as the Pipedrive user, on organization and deal', () => {
    const fields = [
      customField({ id: 1, pipedriveKey: 'h_admin', type: 'user' }),
      customField({ id: 2, pipedriveKey: 'h_admin', type: 'user', entity: 'deal' }),
    ];
    const own = context({}, {}, fields);
    assert.equal(wantedOrganization(own, company, new Map([[1, 6]]))['custom_fields.h_admin'], 106);
    assert.equal(
      wantedDeal(own, company, deal, { pdPersonId: null }, new Map([[2, 6]]))['custom_fields.h_admin'],
      106,
    );
  });

  it('CF-03, CF-04: a bound field whose column is null or unknown is no error', () => {
    const fields = [
      customField({ column: 'gclid' }),
      customField({ id: 2, pipedriveKey: 'h_x', column: 'nothing' }),
    ];
    const wanted = wantedOrganization(context({}, {}, fields), { ...company, gclid: null }, new Map());
    assert.equal(wanted['custom_fields.h_test'], null);
    assert.equal(wanted['custom_fields.h_x'], null);
  });

  it('ACT-01, ACT-02, ACT-07: an activity is in UTC, and a support call’s has no deal', () => {
    const input = {
      meeting: { meeting_type: 'sales', start_time: new Date('2026-12-01T23:05:00Z') },
      admin: { first_name: 'Sam', last_name: 'Sales', pd_owner_id: 101 },
      pdOrgId: 20,
      pdPersonId: 70,
      pdDealId: 90,
    };
    assert.deepEqual(wantedActivity(input), {
      subject: 'TutorCruncher demo with Sam Sales',
      type: 'meeting',
      due_date: '2026-12-01',
      due_time: '23:05',
      owner_id: 101,
      org_id: 20,
      deal_id: 90,
      participants: [{ person_id: 70, primary: true }],
    });
    const support = { ...input, meeting: { ...input.meeting, meeting_type: 'support' } };
    assert.equal(wantedActivity(support)['deal_id'], null);
    const meeting = { meeting_type: 'sales', start_time: null };
    assert.deepEqual(filledFields(wantedActivity({ ...input, meeting, admin: null, pdPersonId: null })), {
      subject: 'TutorCruncher demo',
      type: 'meeting',
      org_id: 20,
      deal_id: 90,
    });
  });
});

describe('the search for an organization that exists', () => {
  const searched = {
    id: 7,
    pd_person_id: null,
    email: 'nell@harbour-tutors.example',
    phone: '01632960000',
    is_deleted: false,
  };
  const mapped = ['hermes_id', 'tc2_cligency_url'];
  const own = { tc2_cligency_id: 70412, search_by_hermes_id: false };

  it('SYN-52 to SYN-57: linked person, client link, e-mail, phone, in this order', () => {
    const contacts = [searched, { ...searched, id: 8, pd_person_id: 70 }];
    assert.deepEqual(organizationSearches(own, contacts, mapped, true), [
      { by: 'person', contactId: 8 },
      { by: 'cligency' },
      { by: 'email', contactId: 7 },
      { by: 'phone', contactId: 7 },
    ]);
  });

  it('our own id is asked for only where a copied row may have it', () => {
    const [first] = organizationSearches({ ...own, search_by_hermes_id: true }, [], mapped, true);
    assert.deepEqual(first, { by: 'hermesId' });
  });

  it('PD_FIND_BEFORE_CREATE=false searches nothing', () => {
    assert.deepEqual(organizationSearches(own, [searched], mapped, false), []);
  });

  it('deleted contacts and unmapped fields are not asked for', () => {
    assert.deepEqual(organizationSearches(own, [{ ...searched, is_deleted: true }], [], true), []);
    const copied = { tc2_cligency_id: null, search_by_hermes_id: true };
    assert.deepEqual(organizationSearches(copied, [], ['tc2_cligency_url'], true), []);
  });

  it('an address or a number is asked for once, and only when it may tell one person from another', () => {
    const contacts = [
      searched,
      { ...searched, id: 8, email: 'NELL@harbour-tutors.example', phone: '01632960001' },
      { ...searched, id: 9, email: '-', phone: '01632960002' },
      { ...searched, id: 10, email: 'c@harbour-tutors.example', phone: 'n/a' },
      { ...searched, id: 11, email: 'd@harbour-tutors.example', phone: '01632960003' },
      { ...searched, id: 12, email: 'e@harbour-tutors.example', phone: null },
    ];
    assert.deepEqual(
      organizationSearches(own, contacts, [], true).map((search) => Object.values(search).join(' ')),
      ['email 7', 'email 10', 'email 11', 'phone 7', 'phone 8', 'phone 9'],
    );
  });

  it('SYN-53 to SYN-55: a hit counts only when it holds the term', () => {
    assert.ok(hasDetail('email', ['office@x.example', 'Nell@X.example'], 'nell@x.EXAMPLE'));
    assert.ok(
      !hasDetail('email', ['sam@x.example'], 'nell@x.example'),
      'an address has no digits to compare',
    );
    assert.ok(hasDetail('phone', ['1', '+44 (1632) 960-000'], '+441632960000'));
    assert.ok(!hasDetail('phone', ['01632 960001'], '01632 960000'));
    assert.ok(hasCustomValue([null, 'https://X.example/clients/1/'], 'https://x.example/Clients/1/'));
    assert.ok(!hasCustomValue(['https://x.example/clients/12/'], 'https://x.example/clients/1/'));
  });
});

describe('collecting the changes of a burst', () => {
  it('the first change goes at once, those that follow wait for each other', () => {
    assert.equal(coalesceMs(0, null), 0);
    assert.equal(coalesceMs(0, 60_000), 0);
    assert.equal(coalesceMs(0, 100), 2000);
    assert.equal(coalesceMs(1, 60_000), 2000);
    assert.equal(coalesceMs(2, 60_000), 5000);
  });
});
