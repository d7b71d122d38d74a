import assert from 'node:assert/strict';
import { customFieldTypes as types, type CustomFieldType } from '../../../sandbox/pipedrive/fieldRows.ts';
import { assertRefused, usePeer, type Json } from './support.ts';

const code = (type: string): string => Buffer.from(type.padEnd(20)).toString('hex');

const zone = { timezone_id: 1, timezone_name: 'Europe/London' };

/** A value that is taken and read back as it is. */
const good: Record<CustomFieldType, unknown> = {
  varchar: '42',
  varchar_auto: 'blue',
  text: 'long',
  double: 4.5,
  monetary: { value: 10, currency: 'GBP' },
  enum: 1,
  set: [1, 2],
  user: 101,
  org: 20,
  people: 7,
  phone: '+44 20 7946 0000',
  date: '2026-12-01',
  daterange: { value: '2026-12-01', until: '2026-12-02' },
  time: { value: '10:00:00', ...zone },
  timerange: { value: '10:00:00', until: '11:00:00', ...zone },
  address: {
    value: 'Hull',
    country: 'GB',
    admin_area_level_1: null,
    admin_area_level_2: null,
    locality: null,
    sublocality: null,
    route: null,
    street_number: null,
    subpremise: null,
    postal_code: null,
    formatted_address: 'Hull',
  },
};

const bad: Record<CustomFieldType, unknown[]> = {
  varchar: [42, true, 'x'.repeat(256)],
  varchar_auto: [42],
  text: [{ value: 'long' }],
  double: ['4.5', '4'],
  monetary: [10, { value: 10 }, { value: 10, currency: 'pounds' }],
  enum: ['1', 99],
  set: [[], 1, ['1'], [99]],
  user: ['101', 9],
  org: ['20', 9],
  people: ['7', 9],
  phone: [442],
  date: ['2026-12-01T00:00:00Z', '2026-02-30', '01/12/2026', 1_764_547_200],
  daterange: ['2026-12-01', { value: '2026-12-01' }],
  time: ['10:00:00', { value: '10:00' }],
  timerange: [{ value: '10:00:00' }],
  address: ['Hull', { country: 'GB' }],
};

describe('sandbox/pipedrive: custom fields', () => {
  const { sandbox, call } = usePeer();

  beforeEach(() => {
    const options = [
      { id: 1, label: 'payg' },
      { id: 2, label: 'startup' },
    ];
    sandbox.seed({
      fields: {
        organization: types.map((type) => ({
          field_name: type,
          field_type: type,
          field_code: code(type),
          ...(type === 'enum' || type === 'set' ? { options } : {}),
        })),
        person: [{ field_name: 'hermes_id', field_type: 'varchar', field_code: code('person') }],
      },
      organizations: [{ id: 20, name: 'Harbour Tutors' }],
      persons: [{ id: 7, name: 'Nell Harbour' }],
    });
  });

  const patch = (custom_fields: unknown) => call('PATCH', '/organizations/20', { custom_fields });
  const read = async (query = ''): Promise<Json> =>
    (await call('GET', `/organizations/20${query}`)).data['custom_fields'] as Json;

  it('shows every hash of the account, null when empty', async () => {
    assert.deepEqual(await read(), Object.fromEntries(types.map((type) => [code(type), null])));
  });

  it('takes every type as it is read, and clears it with null', async () => {
    for (const type of types) {
      const answer = await patch({ [code(type)]: good[type] });
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual((await read())[code(type)], good[type], type);
      assert.equal((await patch({ [code(type)]: null })).status, 200);
      assert.equal((await read())[code(type)], null);
    }
  });

  it('refuses values of the wrong type, naming the field', async () => {
    for (const type of types) {
      for (const value of bad[type]) {
        const answer = await patch({ [code(type)]: value });
        assertRefused(answer, code(type));
        assert.equal(answer.body['field_code'], code(type));
      }
    }
  });

  it('refuses a hash of nobody, of another entity, and a built-in key', async () => {
    assertRefused(await patch({ ['f'.repeat(40)]: '1' }), `custom_fields: Unknown key '${'f'.repeat(40)}'`);
    assertRefused(await patch({ [code('person')]: '1' }), 'Unknown key');
    assertRefused(await patch({ name: 'Harbour' }), 'Unknown key');
  });

  it('changes nothing when one of several is refused', async () => {
    assertRefused(await patch({ [code('varchar')]: '42', [code('double')]: '42' }), code('double'));
    assert.equal((await read())[code('varchar')], null);
  });

  it('reads an empty text back as null', async () => {
    await patch({ [code('varchar')]: '' });
    assert.equal((await read())[code('varchar')], null);
  });

  it('shows only the hashes asked for, at most 15 and known', async () => {
    await patch({ [code('varchar')]: '42' });
    assert.deepEqual(await read(`?custom_fields=${code('varchar')}`), { [code('varchar')]: '42' });
    const all = types.map(code).join(',');
    assertRefused(await call('GET', `/organizations/20?custom_fields=${all}`), '15');
    assertRefused(await call('GET', '/organizations/20?custom_fields=abc'), "'abc'");
  });

  it('resolves options when asked to; a deleted option leaves an id without a label', async () => {
    await patch({ [code('enum')]: 1, [code('set')]: [2] });
    const labelled = await read('?include_option_labels=true');
    assert.deepEqual(labelled[code('enum')], { id: 1, label: 'payg' });
    assert.deepEqual(labelled[code('set')], [{ id: 2, label: 'startup' }]);
    await call('DELETE', `/organizationFields/${code('enum')}/options`, [{ id: 1 }]);
    assert.equal((await read())[code('enum')], 1);
    assert.deepEqual((await read('?include_option_labels=true'))[code('enum')], { id: 1, label: null });
  });
});
