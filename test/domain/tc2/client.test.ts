import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  cleanAttribute,
  countryCode,
  parseClient,
  planOf,
  type Tc2Client,
} from '../../../domain/tc2/client.ts';
import { clientEvent, exampleClient, readShape } from '../../../sandbox/tc2/events.ts';

const parsed = (value: unknown): Tc2Client => {
  const parse = parseClient(value);
  assert.ok(parse.ok, parse.ok ? '' : parse.faults.join('; '));
  return parse.client;
};

describe('domain/tc2/client', () => {
  it('reads both shapes of the roles API to the same client', () => {
    assert.deepEqual(parsed(readShape(exampleClient, 'V2')), parsed(readShape(exampleClient, 'V1')));
    const mobile = { ...exampleClient, user: { ...exampleClient.user, phone: null, mobile: '07700900111' } };
    assert.equal(parsed(readShape(mobile, 'V2')).phone, '07700900111');
    assert.deepEqual(parsed(clientEvent(exampleClient).subject), parsed(readShape(exampleClient, 'V1')));
  });

  it('TCC-01: a country is the last word without brackets', () => {
    const countries: [string | null, string | null][] = [
      ['United Kingdom (GB)', 'GB'],
      ['GB', 'GB'],
      ['(US)', 'US'],
      ['Kosovo ((XK))', 'XK'],
      ['  Côte d’Ivoire  (CI) ', 'CI'],
      ['', null],
      [null, null],
    ];
    for (const [country, code] of countries) assert.equal(countryCode(country?.trim() ?? null), code);
  });

  it('TCC-38: a plan is the text after the last dash', () => {
    assert.deepEqual(
      ['1-payg', 'monthly-startup', 'Enterprise', 'a-b-STARTUP', 'monthly-', 'gold', null].map(planOf),
      ['payg', 'startup', 'enterprise', 'startup', null, null, null],
    );
  });

  it('TCC-21: attributes are trimmed, in lower case, without outer dashes; a click id keeps its case', () => {
    assert.equal(cleanAttribute('utm_source', ' -GooGLE Ads- '), 'google ads');
    assert.equal(cleanAttribute('utm_source', '--google - ads--'), 'google - ads');
    assert.equal(cleanAttribute('utm_source', '----'), '');
    assert.equal(cleanAttribute('gclid', ' -AbC- '), '-AbC-');
    assert.equal(cleanAttribute('pipedrive_id', 20), '20');
    assert.equal(cleanAttribute('flag', true), 'true');
    assert.equal(cleanAttribute('none', null), '');
  });

  it('skips attributes that are no objects with a name', () => {
    const client = parsed({
      ...readShape(exampleClient, 'V1'),
      extra_attrs: [null, 1, { value: 2 }, { machine_name: 'a', value: 'B' }],
    });
    assert.deepEqual([...client.extraAttributes], [['a', 'b']]);
  });

  it('TCC-01, TCC-04, TCC-29, TCC-36: reads every part into its place', () => {
    const day = (date: number): string => `2026-11-0${date}T00:00:00.000Z`;
    const client = parsed({
      ...exampleClient,
      user: { ...exampleClient.user, email: '', phone: null, mobile: '07700900111' },
      associated_admin: 77,
      sales_person: { id: '64' },
      bdr_person: { id: 65 },
      paid_recipients: [
        { id: '1', first_name: 'Nell', last_name: 'Harbour', email: '' },
        { id: 2, first_name: null, last_name: 'Quay', email: 'quay@x.example' },
      ],
      meta_agency: {
        ...exampleClient.meta_agency,
        paid_invoice_count: '7',
        price_plan: '2-Startup',
        narc: 'True',
        pay0_dt: day(1),
        pay1_dt: day(2),
        pay3_dt: day(3),
        card_saved_dt: day(4),
        email_confirmed_dt: day(5),
        gclid_expiry_dt: day(6),
        gclid: 12,
      },
    });
    assert.deepEqual(
      [client.pay0, client.pay1, client.pay3, client.cardSaved, client.emailConfirmed, client.gclidExpiry],
      [1, 2, 3, 4, 5, 6].map((date) => new Date(day(date))),
    );
    assert.deepEqual([client.salesPerson, client.supportPerson, client.bdrPerson], [64, 77, 65]);
    assert.deepEqual(client.recipients, [
      { id: 1, first_name: 'Nell', last_name: 'Harbour', email: null },
      { id: 2, first_name: null, last_name: 'Quay', email: 'quay@x.example' },
    ]);
    assert.deepEqual([client.email, client.phone], ['quay@x.example', '07700900111']);
    assert.deepEqual(
      [client.cligencyId, client.agencyId, client.name, client.country, client.gclid],
      [70412, 5120, 'Harbour Tutors', 'GB', '12'],
    );
    assert.deepEqual(
      [client.paidInvoiceCount, client.pricePlan, client.unknownPricePlan, client.narc],
      [7, 'startup', null, true],
    );
  });

  it('TCC-38: a plan that is not sold is payg, and is named', () => {
    const meta_agency = { ...exampleClient.meta_agency, price_plan: '4-gold' };
    const { pricePlan, unknownPricePlan } = parsed({ ...exampleClient, meta_agency });
    assert.deepEqual([pricePlan, unknownPricePlan], ['payg', '4-gold']);
  });

  it('TCC-48: yes and no as the senders write them; signup data of another shape says nothing', () => {
    const signup = (receive_marketing_emails: unknown, signup_data: unknown = null) =>
      parsed({
        ...exampleClient,
        meta_agency: { ...exampleClient.meta_agency, receive_marketing_emails, signup_data },
      }).signupValues;
    const said = [true, 'true', 'True', 1, false, 'false', 'False', 0, '', null];
    assert.deepEqual(
      said.map((value) => signup(value).get('receive_marketing_emails')),
      [true, true, true, true, false, false, false, false, null, null],
    );
    const names = [
      'utm_medium',
      'utm_term',
      'utm_content',
      'ga4_client_id',
      'email',
      'phone',
      'company_name',
    ];
    const values = signup(true, Object.fromEntries(names.map((name) => [name, ` ${name} `])));
    assert.deepEqual(
      names.map((name) => values.get(name)),
      names,
    );
    assert.equal(signup(true, { phone: 441482960123 }).get('phone'), '441482960123');
    assert.equal(signup(true, { phone: ' ' }).get('phone'), null);
    assert.equal(signup(true, ['cpc']).get('utm_medium'), null);
    assert.equal(signup(true, 'cpc').get('utm_medium'), null);
  });

  it('takes everything that may be absent as absent', () => {
    const { id, name, status, paid_invoice_count, price_plan, created } = exampleClient.meta_agency!;
    const client = parsed({
      id: '70412',
      meta_agency: { id: String(id), name, status, paid_invoice_count, price_plan, created },
      user: {},
      paid_recipients: [],
    });
    assert.deepEqual(
      [
        client.website,
        client.country,
        client.narc,
        client.pay0,
        client.gclid,
        client.signupQuestionnaire,
        client.salesPerson,
        client.email,
        client.phone,
      ],
      [null, null, false, null, null, null, null, null, null],
    );
    assert.ok([...client.signupValues.values()].every((value) => value === null));
  });

  it('TCC-23: a questionnaire that is text loses the space around it, as it does on its way back from Pipedrive', () => {
    const textOf = (said: string): string | null =>
      parsed({
        ...exampleClient,
        meta_agency: { ...exampleClient.meta_agency, signup_questionnaire: said },
      }).signupQuestionnaire;
    assert.equal(textOf('  Word of mouth \n'), 'Word of mouth');
    assert.equal(textOf(' '), null);
  });

  it('TCA-04: names what is missing by path, never by value', () => {
    const parse = parseClient({
      id: 'Nell',
      meta_agency: { name: '', created: 'secret' },
      user: null,
      paid_recipients: [{}],
    });
    assert.ok(!parse.ok);
    const text = parse.faults.join('\n');
    for (const fault of [
      'id: must be a whole number',
      'meta_agency.id: is required',
      'meta_agency.name:',
      'meta_agency.status: is required',
      'meta_agency.created:',
      'user: is required',
      'paid_recipients.0.id: is required',
    ]) {
      assert.ok(text.includes(fault), `${fault}\n${text}`);
    }
    assert.doesNotMatch(text, /Nell|secret/);
  });

  it('never throws, whatever is sent', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: false, withMap: false }), (value) => {
        parseClient(value);
      }),
      { numRuns: 300 },
    );
    const keys = ['id', 'meta_agency', 'user', 'paid_recipients', 'extra_attrs', 'sales_person'] as const;
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.jsonValue(), (key, value) => {
        parseClient({ ...readShape(exampleClient, 'V1'), [key]: value });
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(exampleClient.meta_agency!)),
        fc.jsonValue(),
        (key, value) => {
          parseClient({ ...exampleClient, meta_agency: { ...exampleClient.meta_agency, [key]: value } });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('gives text that PostgreSQL can store, whatever is sent', () => {
    const nasty = fc.string({ unit: fc.constantFrom('\u0000', '\ud800', '\udc00', 'a', '😀', ' ') });
    fc.assert(
      fc.property(nasty, nasty, (first, second) => {
        const parse = parseClient({
          ...exampleClient,
          meta_agency: {
            ...exampleClient.meta_agency,
            website: first,
            gclid: second,
            signup_questionnaire: first,
            signup_data: { email: second },
          },
          extra_attrs: [{ machine_name: 'utm_source', value: first }],
        });
        if (!parse.ok) return;
        const { website, gclid, signupQuestionnaire } = parse.client;
        const texts = [
          website,
          gclid,
          signupQuestionnaire,
          ...parse.client.extraAttributes.values(),
          ...parse.client.signupValues.values(),
        ];
        for (const text of texts) {
          if (typeof text !== 'string') continue;
          assert.ok(text.isWellFormed() && !text.includes('\u0000'));
        }
      }),
      { numRuns: 200 },
    );
  });
});
