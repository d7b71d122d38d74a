import assert from 'node:assert/strict';
import { assertRefused, usePeer, type Json } from './support.ts';

describe('sandbox/pipedrive: searches', () => {
  const { sandbox, call } = usePeer({ searchBurstLimit: 1_000 });
  const hermesId = 'a'.repeat(40);
  const owner = 'b'.repeat(40);

  beforeEach(() => sandbox.freezeClock());
  beforeEach(() =>
    sandbox.seed({
      fields: {
        organization: [
          { field_name: 'hermes_id', field_type: 'varchar', field_code: hermesId },
          { field_name: 'BDR', field_type: 'user', field_code: owner },
        ],
      },
      organizations: [
        {
          id: 20,
          name: 'Harbour Tutors',
          address: { value: 'Hull', country: 'GB' },
          custom_fields: { [hermesId]: 'AB42', [owner]: 101 },
        },
      ],
      persons: [{ id: 7, name: 'Nell Harbour', org_id: 20, emails: [{ value: 'nell@harbour.example' }] }],
      deals: [{ id: 9, title: 'Harbour deal', org_id: 20, person_id: 7 }],
    }),
  );

  const items = async (path: string): Promise<Json[]> => {
    const answer = await call('GET', path);
    assert.equal(answer.status, 200, answer.text);
    return (answer.data['items'] as { item: Json }[]).map(({ item }) => item);
  };

  it('answer in a shape of their own', async () => {
    assert.deepEqual(await items('/organizations/search?term=harbour'), [
      {
        id: 20,
        type: 'organization',
        name: 'Harbour Tutors',
        address: 'Hull',
        visible_to: 3,
        owner: { id: 100 },
        custom_fields: ['AB42'],
        notes: [],
      },
    ]);
    const [person] = await items('/persons/search?term=nell@harbour.example&fields=email&exact_match=true');
    assert.deepEqual(person?.['emails'], ['nell@harbour.example']);
    assert.deepEqual(person?.['organization'], { id: 20, name: 'Harbour Tutors', address: 'Hull' });
    const [deal] = await items('/deals/search?term=deal&fields=title&status=open');
    assert.deepEqual(deal?.['stage'], { id: 11, name: 'New' });
    assert.deepEqual(deal?.['person'], { id: 7, name: 'Nell Harbour' });
  });

  it('want two characters, one with exact_match', async () => {
    assertRefused(await call('GET', '/organizations/search?term=h'), 'term');
    assertRefused(await call('GET', '/organizations/search'), 'term');
    assert.deepEqual(await items('/organizations/search?term=h&exact_match=true'), []);
  });

  it('ignore case with exact_match; /itemSearch/field minds it', async () => {
    const exact = await items('/organizations/search?term=HARBOUR%20tutors&exact_match=true&fields=name');
    assert.equal(exact.length, 1);
    assert.deepEqual(await items('/organizations/search?term=harbour&exact_match=true'), []);
    const field = (term: string) =>
      call('GET', `/itemSearch/field?entity_type=organization&field=${hermesId}&term=${term}`);
    assert.deepEqual((await field('AB42')).rows, [{ id: 20, name: 'Harbour Tutors' }]);
    assert.deepEqual((await field('ab42')).rows, []);
  });

  it('look into custom fields of searchable types only, whichever field it is', async () => {
    assert.equal((await items('/organizations/search?term=AB42&fields=custom_fields')).length, 1);
    assert.deepEqual(await items('/organizations/search?term=101&fields=custom_fields'), []);
  });

  it('refuse unknown fields, types and limits above the cap', async () => {
    assertRefused(await call('GET', '/organizations/search?term=harbour&fields=email'), 'fields');
    assertRefused(await call('GET', '/organizations/search?term=harbour&limit=501'), 'limit');
    assertRefused(await call('GET', '/itemSearch?term=harbour&limit=101'), 'limit');
    assertRefused(await call('GET', '/itemSearch?term=harbour&item_types=activity'), 'item_types');
    assertRefused(await call('GET', '/itemSearch/field?term=harbour&field=name'), 'entity_type');
  });

  it('over all kinds give items and related items, page by page', async () => {
    const first = await call('GET', '/itemSearch?term=harbour&limit=2');
    assert.equal((first.data['items'] as Json[]).length, 2);
    assert.deepEqual(first.data['related_items'], []);
    const cursor = encodeURIComponent(String((first.body['additional_data'] as Json)['next_cursor']));
    const second = await call('GET', `/itemSearch?term=harbour&limit=2&cursor=${cursor}`);
    assert.equal((second.data['items'] as Json[]).length, 1);
    assert.equal((second.body['additional_data'] as Json)['next_cursor'], null);
  });

  it('lag behind writes', async () => {
    const search = () => items('/organizations/search?term=quay');
    await call('POST', '/organizations', { name: 'Quay Tutors' });
    await call('PATCH', '/organizations/20', { name: 'Quay Tuition' });
    assert.deepEqual(await search(), []);
    assert.equal((await items('/organizations/search?term=harbour%20tutors')).length, 1);
    sandbox.advance(sandbox.settings.searchLagMs);
    assert.equal((await search()).length, 2);
    assert.deepEqual(await items('/organizations/search?term=harbour%20tutors'), []);
  });

  it('with exact_match see what a record holds now, not what it held', async () => {
    const found = async (term: string) =>
      (await items(`/organizations/search?term=${term}&exact_match=true`)).map(({ id }) => id);
    await call('PATCH', '/organizations/20', { custom_fields: { [hermesId]: 'CD43' } });
    assert.deepEqual([await found('ab42'), await found('cd43')], [[20], []]);
    sandbox.advance(sandbox.settings.searchLagMs);
    assert.deepEqual([await found('ab42'), await found('cd43')], [[], [20]]);
    await call('DELETE', `/organizationFields/${hermesId}`);
    assert.deepEqual(await found('cd43'), []);
  });

  it('with exact_match find what was restored', async () => {
    const kept = sandbox.snapshot();
    sandbox.reset();
    assert.deepEqual(await items('/persons/search?term=nell@harbour.example&exact_match=true'), []);
    sandbox.restore(kept);
    const [person] = await items('/persons/search?term=nell@harbour.example&exact_match=true');
    assert.equal(person?.['id'], 7);
  });

  it('go on finding deleted records, unmarked', async () => {
    await call('DELETE', '/organizations/20');
    sandbox.advance(sandbox.settings.searchLagMs);
    const [found] = await items('/organizations/search?term=harbour');
    assert.equal(found?.['id'], 20);
    assert.ok(!('is_deleted' in (found ?? {})));
    assert.deepEqual((await call('GET', '/organizations?ids=20')).rows, []);
    sandbox.advance(sandbox.settings.deletedStaysInSearchMs);
    assert.deepEqual(await items('/organizations/search?term=harbour'), []);
  });
});
