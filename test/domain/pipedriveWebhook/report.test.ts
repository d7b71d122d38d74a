import assert from 'node:assert/strict';
import fc from 'fast-check';
import { restValueOf } from '../../../domain/pipedriveWebhook/customFieldValue.ts';
import { hermesIdsIn } from '../../../domain/pipedriveWebhook/hermesIds.ts';
import { nameParts, personNameOf, primaryOf } from '../../../domain/pipedriveWebhook/person.ts';
import { readReport } from '../../../domain/pipedriveWebhook/report.ts';

describe('domain/pipedriveWebhook: what a record says', () => {
  const fieldsOf = (entity: Parameters<typeof readReport>[0], record: unknown) => {
    const parsed = readReport(entity, record);
    assert.ok(parsed.ok, JSON.stringify(parsed));
    return parsed.fields;
  };

  for (const [type, raw, rest] of [
    ['varchar', { type: 'varchar', value: '42' }, '42'],
    ['double', { type: 'double', value: 1.5 }, 1.5],
    ['date', { type: 'date', value: '2026-11-20' }, '2026-11-20'],
    ['monetary', { type: 'monetary', value: 10, currency: 'GBP' }, { value: 10, currency: 'GBP' }],
    ['enum', { type: 'enum', id: 5 }, 5],
    ['set', { type: 'set', values: [{ id: 5 }, { id: 6 }] }, [5, 6]],
    ['user', { type: 'user', id: 101 }, 101],
    [
      'daterange',
      { type: 'daterange', from: '2026-01-01', until: '2026-02-01' },
      { value: '2026-01-01', until: '2026-02-01' },
    ],
    ['time', { type: 'time', value: '15:00:00', timezone_id: 1 }, { value: '15:00:00', timezone_id: 1 }],
    ['an emptied user', { type: 'user', id: null }, null],
    ['an id without its type', { id: 5 }, 5],
    ['an option named by a value', { type: 'varchar', id: 5, value: 'x' }, { id: 5, value: 'x' }],
    [
      'timerange',
      { type: 'timerange', from: '09:00', until: '10:00', timezone_id: 1 },
      { value: '09:00', until: '10:00', timezone_id: 1 },
    ],
    ['a list in a value', { type: 'set', value: [5, { id: 6 }] }, [5, 6]],
    ['a list that nobody described', [5, { label: 'x' }], undefined],
    ['no number', Number.NaN, undefined],
    ['a checkbox', true, true],
    ['a bare value', 'x', 'x'],
    ['an empty field', null, null],
    ['an emptied value', { type: 'varchar', value: null }, null],
    ['a shape that nobody described', { type: 'varchar', value: { deep: 1 } }, undefined],
    ['nothing but a type', { type: 'varchar' }, undefined],
  ] as const) {
    it(`CF-07, PDO-03: ${type}`, () => assert.deepEqual(restValueOf(raw), rest));
  }

  it('keeps absent and null apart', () => {
    assert.deepEqual(fieldsOf('organization', { id: 20, name: null, custom_fields: { k: null } }), {
      name: null,
      'custom_fields.k': null,
    });
  });

  it('understands an address as an object, in parts, and as a code beside a null', () => {
    const country = (record: object) =>
      (fieldsOf('organization', record)['address'] as { country: string } | undefined)?.country;
    assert.equal(country({ address: { value: 'Hull', country: 'GB' } }), 'GB');
    assert.equal(country({ address: 'Hull', address_country: 'GB' }), 'GB');
    assert.equal(country({ address: null, country_code: 'GB' }), 'GB');
    assert.equal(country({ address: null, country_code: null }), undefined);
    assert.equal(country({ address: { value: 'Hull', country: 'United Kingdom' } }), 'United Kingdom');
  });

  it('takes the code of a country that is spelled out beside it', () => {
    const country = (record: object) =>
      (fieldsOf('organization', record)['address'] as { country: string }).country;
    const address = { value: 'Hull, UK', country: 'United Kingdom' };
    assert.equal(country({ address, country_code: 'GB' }), 'GB');
    assert.equal(country({ address: { ...address, country_code: 'GB' } }), 'GB');
    assert.equal(
      country({ address: 'Hull, UK', address_country: 'United Kingdom', country_code: 'GB' }),
      'GB',
    );
  });

  it('reads what REST answers in the same way', () => {
    const fields = fieldsOf('deal', { id: 9, title: 'T', org_id: 20, custom_fields: { k: 5, l: [1, 2] } });
    assert.deepEqual(fields, { title: 'T', org_id: 20, 'custom_fields.k': 5, 'custom_fields.l': [1, 2] });
  });

  it('PDP-02: an address may lack its label and its mark, a number its quotes', () => {
    const fields = fieldsOf('person', {
      id: 7,
      emails: [{ value: 'a@x.example' }, { value: null, primary: true }],
      phones: [{ value: 441482960123, label: '' }],
    });
    assert.deepEqual(fields, {
      emails: [{ value: 'a@x.example', label: 'work', primary: false }],
      phones: [{ value: '441482960123', label: 'work', primary: false }],
    });
  });

  it('PDP-03 to PDP-05: a list of texts, a single text, a list by its old name, and none', () => {
    const detail = (value: string, primary = false) => ({ value, label: 'work', primary });
    const emails = (given: object) => fieldsOf('person', given)['emails'];
    assert.deepEqual(emails({ emails: [' a@x.example ', ''] }), [detail('a@x.example')]);
    assert.deepEqual(emails({ email: 'a@x.example' }), [detail('a@x.example')]);
    assert.deepEqual(emails({ email: 'a@x.example', emails: [] }), [], 'the newer name wins');
    assert.deepEqual(emails({ emails: [{ value: 'a', label: null, primary: true }] }), [detail('a', true)]);
    assert.deepEqual(emails({ emails: ' ' }), []);
    assert.equal(emails({ emails: null }), null);
  });

  it('a related record is an id, its digits, or an object that has it; none is none', () => {
    const owner = (owner_id: unknown) => {
      const parsed = readReport('deal', { owner_id });
      return parsed.ok ? parsed.fields['owner_id'] : 'fault';
    };
    assert.deepEqual([101, ' 101 ', { id: 101 }, { value: '101' }].map(owner), [101, 101, 101, 101]);
    assert.deepEqual([null, '', { id: null }, { value: null }].map(owner), [null, null, null, null]);
    for (const wrong of [0, 1.5, 2_147_483_648, '12x', 'x12', {}, true]) {
      assert.equal(owner(wrong), 'fault', JSON.stringify(wrong));
    }
  });

  it('PDL-03: a pipeline says whether it is active in either form', () => {
    const active = (active_flag: unknown) => fieldsOf('pipeline', { active_flag })['active_flag'];
    assert.deepEqual([true, 1, false, 0, null].map(active), [true, true, false, false, null]);
    assert.equal(fieldsOf('stage', { name: 7 })['name'], '7');
  });

  it('names the path of a fault, never the value', () => {
    const parsed = readReport('person', { id: 7, name: { secret: 'Nell' }, emails: 5 });
    assert.equal(parsed.ok, false);
    assert.match(JSON.stringify(parsed), /name: .*emails: /);
    assert.doesNotMatch(JSON.stringify(parsed), /Nell/);
  });

  it('reads anything without throwing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('organization', 'person', 'deal', 'pipeline', 'stage'),
        fc.jsonValue(),
        fc.jsonValue(),
        (entity, other, json) => {
          readReport(entity, other);
          readReport(entity, json);
          readReport(entity, {
            custom_fields: json,
            name: json,
            emails: json,
            owner_id: json,
            address: json,
          });
          restValueOf(other);
        },
      ),
    );
  });

  it('takes out what PostgreSQL cannot hold, at any depth', () => {
    assert.deepEqual(
      fieldsOf('organization', { name: 'a\u0000b', address: { country: 'GB', value: '\ud800x' } }),
      { name: 'ab', address: { country: 'GB', value: '\ufffdx' } },
    );
  });

  it('PDM-10, PDM-11, PDM-15: ids of Hermes', () => {
    assert.deepEqual(hermesIdsIn('1, 2'), [1, 2]);
    assert.deepEqual(hermesIdsIn('42'), [42]);
    assert.deepEqual(hermesIdsIn(42), [42]);
    assert.deepEqual(hermesIdsIn('42.0'), [42]);
    assert.deepEqual(hermesIdsIn('1, 1'), [1]);
    for (const none of ['invalid,format,not,numbers', '', null, undefined, {}, '1, x', -1, '99999999999']) {
      assert.deepEqual(hermesIdsIn(none), []);
    }
  });

  it('PDP-01: names are split at the first space', () => {
    assert.deepEqual(nameParts('Nell van Harbour'), { first_name: 'Nell', last_name: 'van Harbour' });
    assert.deepEqual(nameParts(' Nell '), { first_name: null, last_name: 'Nell' });
    assert.equal(nameParts('  '), null);
    assert.equal(personNameOf({ name: 'Nell', first_name: 'Other' }), 'Nell');
    assert.equal(personNameOf({ name: null, first_name: 'Nell', last_name: 'Harbour' }), 'Nell Harbour');
    assert.equal(personNameOf({ name: ' ', first_name: null, last_name: 'Harbour' }), 'Harbour');
    assert.equal(personNameOf({}), null, 'PDP-08');
  });

  it('PDP-02, PDP-04: the primary one, else the first', () => {
    assert.equal(
      primaryOf([
        { value: 'a', primary: false },
        { value: 'b', primary: true },
      ]),
      'b',
    );
    assert.equal(
      primaryOf([
        { value: 'a', primary: false },
        { value: 'b', primary: false },
      ]),
      'a',
    );
    assert.equal(primaryOf([]), null);
  });
});
