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
    assert.deepEqual(parsed(clientEvent(exampleClient).subject), parsed(readShape(exampleClient, 'V1')));
  });

  it('TCC-01: a country is the last word without brackets', () => {
    const countries: [string | null, string | null][] = [
      ['United Kingdom (GB)', 'GB'],
      ['GB', 'GB'],
      ['(US)', 'US'],
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
