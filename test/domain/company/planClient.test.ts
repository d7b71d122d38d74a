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
