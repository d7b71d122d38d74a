import assert from 'node:assert/strict';
import { newCompanyFromTc2 } from '../../../domain/company/fromTc2.ts';
import {
  isNothing,
  planClient,
  type ClientPlan,
  type ClientState,
} from '../../../domain/company/planClient.ts';
import { parseClient, type Tc2Client } from '../../../domain/tc2/client.ts';
import { exampleClient } from '../../../sandbox/tc2/events.ts';

const now = new Date('2026-11-20T10:00:00Z');
const staff = { salesPerson: 1, supportPerson: 2, bdrPerson: null };

const client = (): Tc2Client => {
  const parse = parseClient(exampleClient);
  assert.ok(parse.ok);
  return parse.client;
};

const unknown: ClientState = {
  company: null,
  agencyHolder: null,
  staff,
  admins: new Map([[64, 1]]),
  knownRecipients: new Set(),
  customFields: [],
  customValues: new Map(),
  hasDeal: false,
  hasOpenDeal: false,
};

/** The state after the plan for an unknown client was carried out. */
const known = (change: Partial<ClientState['company']> = {}): ClientState => ({
  ...unknown,
  company: {
    ...newCompanyFromTc2(client(), staff),
    id: 1,
    tc2_agency_id: client().agencyId,
    tc2_cligency_id: client().cligencyId,
    is_deleted: false,
    deleted_by: null,
    ...change,
  },
  knownRecipients: new Set([70413]),
  hasDeal: true,
  hasOpenDeal: true,
});

const plan = (state: ClientState, of: Tc2Client, wantsDeal = true): ClientPlan => {
  const planned = planClient(state, of, { wantsDeal, now });
  assert.equal(planned.kind, 'store');
  assert.ok(planned.kind === 'store');
  return planned;
};

describe('domain/company/planClient', () => {
  it('TCC-14: a client that was stored as it is changes nothing', () => {
    assert.ok(isNothing(plan(known(), client())));
  });

  it('TCC-01, TCC-14: a new company takes all that the client says', () => {
    const { columns, isNew, recipients } = plan(unknown, client());
    assert.equal(isNew, true);
    assert.deepEqual(
      recipients.map(({ id }) => id),
      [70413],
    );
    const day = new Date('2026-11-18T16:02:11.000Z');
    assert.deepEqual(columns, {
      name: 'Harbour Tutors',
      tc2_agency_id: 5120,
      tc2_cligency_id: 70412,
      created: day,
      country: 'GB',
      website: 'https://harbour-tutors.example',
      has_signed_up: true,
      sales_person_id: 1,
      support_person_id: 2,
      bdr_person_id: null,
      price_plan: 'payg',
      paid_invoice_count: 0,
      tc2_status: 'trial',
      narc: false,
      pay0_dt: null,
      pay1_dt: null,
      pay3_dt: null,
      card_saved_dt: null,
      email_confirmed_dt: client().emailConfirmed,
      gclid: client().gclid,
      gclid_expiry_dt: client().gclidExpiry,
      signup_questionnaire: client().signupQuestionnaire,
      utm_source: 'google',
      utm_campaign: 'autumn-2026',
      estimated_income: null,
    });
  });

  it('TCC-12, TCC-13, TCC-15, TCC-18: what follows TC2, also to null; what follows while it is said; what stays', () => {
    const later = new Date('2026-12-01T00:00:00Z');
    const follows = {
      pricePlan: 'startup',
      paidInvoiceCount: 3,
      status: 'active',
      pay0: later,
      pay1: later,
      pay3: later,
      cardSaved: later,
      emailConfirmed: null,
      gclid: null,
      gclidExpiry: null,
      signupQuestionnaire: null,
      extraAttributes: new Map([['estimated_monthly_income', '2000']]),
    } as const;
    const stays = { name: 'Other', country: 'FR', website: null, created: later };
    const others = { salesPerson: 8, supportPerson: 8, bdrPerson: 8 };
    const { columns } = plan({ ...known(), staff: others }, { ...client(), ...follows, ...stays });
    assert.deepEqual(columns, {
      price_plan: 'startup',
      paid_invoice_count: 3,
      tc2_status: 'active',
      pay0_dt: later,
      pay1_dt: later,
      pay3_dt: later,
      card_saved_dt: later,
      email_confirmed_dt: null,
      gclid: null,
      gclid_expiry_dt: null,
      signup_questionnaire: null,
      estimated_income: '2000',
      bdr_person_id: 8,
    });
    const empty = known({ sales_person_id: null, support_person_id: null });
    const filled = plan({ ...empty, staff: others }, client()).columns;
    assert.deepEqual([filled['sales_person_id'], filled['support_person_id']], [8, 8]);
  });

  it('an agency moves away from a deleted company only', () => {
    const holder = (is_deleted: boolean) => ({ ...unknown, agencyHolder: { id: 4, is_deleted } });
    const moved = plan(holder(true), client());
    assert.deepEqual([moved.columns['tc2_agency_id'], moved.agencyFrom, moved.notes], [5120, 4, []]);
    const kept = plan(holder(false), client());
    assert.deepEqual([kept.columns['tc2_agency_id'], kept.agencyFrom], [null, null]);
    assert.match(kept.notes.join(), /agency 5120 belongs to company 4/);
    const own = { ...known({ tc2_agency_id: 6 }), agencyHolder: { id: 4, is_deleted: false } };
    assert.ok(isNothing(plan(own, client())));
  });

  it('says who of the staff is unknown, and that a plan is not sold', () => {
    const nobody = { salesPerson: null, supportPerson: null, bdrPerson: null };
    const named = { ...client(), bdrPerson: 65, unknownPricePlan: '4-gold' };
    assert.deepEqual(plan({ ...known(), staff: nobody }, named).notes, [
      'the sales person (TC2 admin 64) is unknown',
      'the support person (TC2 admin 77) is unknown',
      'the BDR person (TC2 admin 65) is unknown',
      'the price plan is not one that is sold; payg is assumed',
    ]);
  });

  it('TCC-48: a signup value follows TC2 to null, but an attribute of the name speaks where it is silent', () => {
    const field = {
      id: 5,
      machine_name: 'utm_medium',
      type: 'text',
      hermes_column: null,
      tc2_machine_name: null,
    };
    const bound = {
      ...field,
      id: 6,
      machine_name: 'site',
      hermes_column: 'website',
      tc2_machine_name: 'site',
    };
    const own = { ...field, id: 7, machine_name: 'medium', tc2_machine_name: 'utm_medium' };
    const values = (signup: string | null, attributes: [string, string][] = []) => {
      const said = {
        ...client(),
        signupValues: new Map([['utm_medium', signup]]),
        extraAttributes: new Map([...client().extraAttributes, ...attributes]),
      };
      const held = new Map([5, 7].map((id) => [id, 'held']));
      const state = { ...known(), customFields: [field, bound, own], customValues: held };
      const planned = plan(state, said);
      assert.deepEqual(planned.columns, {});
      return [...planned.values];
    };
    assert.deepEqual(values(null), [
      [5, null],
      [7, null],
    ]);
    assert.deepEqual(values('cpc'), [
      [5, 'cpc'],
      [7, 'cpc'],
    ]);
    assert.deepEqual(values('Held'), [[5, 'Held']], 'only what goes to TC2 comes back cleaned');
    assert.deepEqual(values(null, [['utm_medium', 'email']]), [
      [5, null],
      [7, 'email'],
    ]);
  });

  it('CF-01, CF-08: a field bound to a column of free text sets it, and speaks last', () => {
    const free =
      'website utm_source utm_campaign estimated_income gclid signup_questionnaire currency country';
    const columns = [...free.split(' '), 'tc2_status', 'name'];
    const customFields = columns.map((column, index) => ({
      id: index + 1,
      machine_name: column,
      type: 'text',
      hermes_column: column,
      tc2_machine_name: `our_${column}`,
    }));
    const ours = columns.map((column): [string, string] => [`our_${column}`, `our ${column}`]);
    const said = { ...client(), extraAttributes: new Map([...client().extraAttributes, ...ours]) };
    const made = plan({ ...unknown, customFields }, said).columns;
    for (const column of free.split(' ')) assert.equal(made[column], `our ${column}`);
    assert.deepEqual([made['tc2_status'], made['name']], ['trial', 'Harbour Tutors']);
    const held = known({ ...made, utm_source: 'Our UTM_source' });
    assert.deepEqual(plan({ ...held, customFields }, { ...said, gclid: 'else' }).columns, {});
  });

  it('TCD-02 to TCD-06, TCD-11 to TCD-14: a deal is for a new sale, and only the first', () => {
    const deal = (of: Partial<Tc2Client>, state = unknown): boolean =>
      plan(state, { ...client(), ...of }).makesDeal;
    assert.equal(deal({ status: 'pending_email_conf' }), true);
    for (const of of [{ status: 'active' }, { paidInvoiceCount: 1 }, { narc: true }]) {
      assert.equal(deal(of), false, JSON.stringify(of));
    }
    assert.equal(deal({}, { ...known(), hasDeal: false }), true);
    assert.equal(deal({}, known()), false);
    const nobody = {
      ...known({ sales_person_id: null }),
      hasDeal: false,
      staff: { ...staff, salesPerson: null },
    };
    assert.equal(deal({}, nobody), false);
    const own = { ...known(), hasDeal: false, staff: nobody.staff };
    assert.equal(deal({}, own), true, 'the company’s own sales person counts');
    const filled = { ...known({ sales_person_id: null }), hasDeal: false };
    assert.equal(deal({}, filled), true, 'or the one that is filled in');
  });

  it('NARC-08: a terminated company ends its open deals', () => {
    assert.equal(plan(known(), { ...client(), status: 'terminated' }).endsDeals, true);
    assert.equal(plan(known(), { ...client(), status: 'suspended' }).endsDeals, false);
  });

  it('any single thing to write is something', () => {
    const nothing = plan(known(), client());
    for (const something of [
      { columns: { name: 'x' } },
      { agencyFrom: 4 },
      { revives: true },
      { recipients: client().recipients },
      { values: new Map([[5, null]]) },
      { endsDeals: true },
      { makesDeal: true },
    ]) {
      assert.equal(isNothing({ ...nothing, ...something }), false, JSON.stringify(something));
    }
  });

  it('TCC-03, TCD-01, TCD-07: a new trial agency gets a deal, unless the caller wants none', () => {
    assert.equal(plan(unknown, client()).makesDeal, true);
    assert.equal(plan(unknown, client(), false).makesDeal, false);
  });

  it('TCD-04: the limit is 90 days', () => {
    const created = (days: number) => ({ ...client(), created: new Date(now.getTime() - days * 86_400_000) });
    assert.equal(plan(unknown, created(89.9)).makesDeal, true);
    assert.equal(plan(unknown, created(90)).makesDeal, false);
  });

  it('TCC-06: no sales person -> refused when unknown, kept when known', () => {
    const nobody = { ...unknown, staff: { ...staff, salesPerson: null } };
    const refused = planClient(nobody, client(), { wantsDeal: true, now });
    assert.ok(refused.kind === 'refused');
    assert.match(refused.message, /TC2 admin 64/);
    assert.ok(isNothing(plan({ ...known(), staff: nobody.staff }, client())));
  });

  it('NARC-01, NARC-06: NARC adds no contacts and ends open deals only', () => {
    const narc = { ...client(), narc: true };
    const planned = plan({ ...known(), knownRecipients: new Set() }, narc);
    assert.deepEqual([planned.recipients, planned.endsDeals], [[], true]);
    assert.equal(plan({ ...known(), hasOpenDeal: false }, narc).endsDeals, false);
  });

  it('TCX-01, PDO-31: brings back what TC2 deleted, not what Pipedrive or nobody known deleted', () => {
    const revives = (by: string | null) =>
      plan(known({ is_deleted: true, deleted_by: by }), client()).revives;
    assert.deepEqual(['tc2', 'pipedrive', null].map(revives), [true, false, false]);
  });

  it('PDO-31: a company that stays deleted gets no deal', () => {
    const state = {
      ...known({ is_deleted: true, deleted_by: 'pipedrive' }),
      hasDeal: false,
      hasOpenDeal: false,
    };
    assert.equal(plan(state, client()).makesDeal, false);
  });

  it('TCW-05: the echo of a value that Hermes wrote does not change its case', () => {
    const field = {
      id: 5,
      machine_name: 'region',
      type: 'text',
      hermes_column: null,
      tc2_machine_name: 'region',
    };
    const column = {
      ...field,
      id: 6,
      machine_name: 'site',
      hermes_column: 'website',
      tc2_machine_name: 'site',
    };
    const state: ClientState = {
      ...known({ website: 'https://Site.example' } as never),
      customFields: [field, column],
      customValues: new Map([[5, 'North East']]),
    };
    const said = (region: string, site: string): Tc2Client => ({
      ...client(),
      extraAttributes: new Map([...client().extraAttributes, ['region', region], ['site', site]]),
    });
    assert.ok(isNothing(plan(state, said('north east', 'https://site.example'))));
    const changed = plan(state, said('south', 'https://other.example'));
    assert.deepEqual([...changed.values], [[5, 'south']]);
    assert.deepEqual(changed.columns, { website: 'https://other.example' });
  });

  it('CF-13, CF-14, CF-15: an attribute becomes a value of its field; what the field cannot hold is left out, the rest is applied', () => {
    const types = ['number', 'money', 'date', 'datetime', 'user', 'boolean', 'set'];
    const fields = types.map((type, index) => ({
      id: index + 1,
      machine_name: type,
      type,
      hermes_column: null,
      tc2_machine_name: type,
    }));
    const said = (values: readonly string[], held: readonly (readonly [number, unknown])[] = []) =>
      plan(
        { ...known(), customFields: fields, customValues: new Map(held) },
        { ...client(), extraAttributes: new Map(types.map((type, index) => [type, values[index] ?? ''])) },
      );
    const good = said(['12.50', '£1,234.50', '2026-12-01', '2026-12-01t09:00:00z', '64', 'yes', 'red, blue']);
    assert.deepEqual(
      [...good.values.values()],
      [12.5, 1234.5, '2026-12-01', '2026-12-01T09:00:00Z', 1, true, 'red, blue'],
    );
    const bad = said(['5 to 10', 'n/a', '2026-02-30', 'soon', '999', 'constructor', 'red']);
    assert.deepEqual([...bad.values.values()], ['constructor', 'red']);
    assert.deepEqual(bad.notes, ['left out: number, money, date, datetime, user']);

    const held = [
      [1, 12.5],
      [2, { value: 60, currency: 'USD' }],
      [5, 1],
      [7, ['Red', 'Blue']],
    ] as const;
    const echo = said(['12.50', '60', '2026-12-01', '2026-12-01', '64', 'yes', 'red, blue'], held);
    assert.deepEqual([...echo.values.keys()], [3, 4, 6], 'an echo takes no currency and no case');
  });
});
