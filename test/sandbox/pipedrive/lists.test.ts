import assert from 'node:assert/strict';
import { assertRefused, usePeer, type Json } from './support.ts';

const day = 24 * 60 * 60_000;

describe('sandbox/pipedrive: lists', () => {
  const { sandbox, call } = usePeer();
  const ids = (rows: Json[]): unknown[] => rows.map((row) => row['id']);
  const cursorOf = (body: Json): unknown => (body['additional_data'] as Json)['next_cursor'];

  const seedFive = (): void =>
    sandbox.seed({
      organizations: [1, 2, 3, 4, 5].map((id) => ({
        id,
        name: `Company ${id}`,
        add_time: `2026-11-0${6 - id}T10:00:00Z`,
        update_time: `2026-11-1${id}T10:00:00Z`,
      })),
    });

  it('page by keyset until next_cursor is null', async () => {
    seedFive();
    const first = await call('GET', '/organizations?limit=2');
    assert.deepEqual(ids(first.rows), [1, 2]);
    const cursor = String(cursorOf(first.body));
    assert.deepEqual(JSON.parse(Buffer.from(cursor, 'base64').toString('utf8')), {
      field: 'id',
      fieldValue: 2,
      sortDirection: 'asc',
      id: 2,
    });
    // A row that goes away between two pages does not shift the next one.
    await call('DELETE', '/organizations/1');
    const second = await call('GET', `/organizations?limit=2&cursor=${encodeURIComponent(cursor)}`);
    assert.deepEqual(ids(second.rows), [3, 4]);
    const next = encodeURIComponent(String(cursorOf(second.body)));
    const third = await call('GET', `/organizations?limit=2&cursor=${next}`);
    assert.deepEqual([ids(third.rows), cursorOf(third.body)], [[5], null]);
    assertRefused(await call('GET', '/organizations?cursor=abc'), 'cursor');
  });

  it('sort by id, update_time or add_time', async () => {
    seedFive();
    const sorted = async (query: string) => ids((await call('GET', `/organizations?${query}`)).rows);
    assert.deepEqual(await sorted('sort_direction=desc'), [5, 4, 3, 2, 1]);
    assert.deepEqual(await sorted('sort_by=add_time'), [5, 4, 3, 2, 1]);
    assert.deepEqual(await sorted('sort_by=update_time&limit=2'), [1, 2]);
    assertRefused(await call('GET', '/organizations?sort_by=name'), 'sort_by');
  });

  it('take updated_since (from) and updated_until (before)', async () => {
    seedFive();
    const query = 'updated_since=2026-11-12T10:00:00Z&updated_until=2026-11-14T10:00:00Z';
    assert.deepEqual(ids((await call('GET', `/organizations?${query}`)).rows), [2, 3]);
  });

  it('refuse milliseconds in updated_since', async () => {
    const refused = await call('GET', '/organizations?updated_since=2026-11-12T10:00:00.000Z');
    assertRefused(refused, 'not a valid datetime');
  });

  it('leave out the ids that are missing or deleted, and take at most 100', async () => {
    seedFive();
    await call('DELETE', '/organizations/2');
    assert.deepEqual(ids((await call('GET', '/organizations?ids=1,2,99,3')).rows), [1, 3]);
    const many = Array.from({ length: 101 }, (_, index) => index + 1).join(',');
    assertRefused(await call('GET', `/organizations?ids=${many}`), '100');
  });

  it('refuse a limit above the cap, unknown parameters and mistyped values', async () => {
    assertRefused(await call('GET', '/organizations?limit=501'), 'limit');
    assertRefused(await call('GET', '/organizations?limit=0'), 'limit');
    assertRefused(await call('GET', '/organizations?start=10'), "Parameter 'start' is not allowed");
    assertRefused(await call('GET', '/organizations?owner_id=me'), 'owner_id');
    assertRefused(await call('GET', '/organizations?include_labels=1'), 'include_labels');
    assertRefused(await call('GET', '/organizations/abc'), 'id');
    assertRefused(await call('GET', '/organizations?limit=1&limit=2'), 'limit');
  });

  it('take known include_fields, and not custom_fields among them', async () => {
    sandbox.seed({
      organizations: [{ id: 20, name: 'Harbour Tutors' }],
      persons: [{ name: 'Nell Harbour', org_id: 20 }],
      deals: [{ title: 'Harbour', org_id: 20, status: 'won' }],
    });
    const query = 'include_fields=people_count,won_deals_count,open_deals_count,next_activity_id';
    const [row] = (await call('GET', `/organizations?${query}`)).rows;
    assert.equal(row?.['people_count'], 1);
    assert.equal(row?.['won_deals_count'], 1);
    assert.equal(row?.['open_deals_count'], 0);
    assert.equal(row?.['next_activity_id'], null);
    assertRefused(await call('GET', '/organizations?include_fields=custom_fields'), "'custom_fields'");
    assert.ok(!('people_count' in ((await call('GET', '/organizations')).rows[0] ?? {})));
  });

  it('filter persons, deals, activities and stages', async () => {
    sandbox.seed({
      organizations: [{ id: 20, name: 'Harbour Tutors' }],
      persons: [
        { id: 7, name: 'Nell Harbour', org_id: 20 },
        { id: 8, name: 'Nell Quay' },
      ],
      deals: [
        { id: 9, title: 'One', org_id: 20, person_id: 7, stage_id: 21 },
        { id: 10, title: 'Two', status: 'won' },
      ],
      activities: [{ id: 3, subject: 'Call', type: 'call', participants: [{ person_id: 7 }] }],
    });
    const list = async (path: string) => ids((await call('GET', path)).rows);
    assert.deepEqual(await list('/persons?org_id=20'), [7]);
    assert.deepEqual(await list('/persons?deal_id=9'), [7]);
    assert.deepEqual(await list('/deals?pipeline_id=2'), [9]);
    assert.deepEqual(await list('/deals?status=won,lost'), [10]);
    assert.deepEqual(await list('/activities?person_id=7&done=false'), [3]);
    assert.deepEqual(await list('/stages?pipeline_id=2'), [21, 22, 23, 24]);
    assert.deepEqual(await list('/stages?pipeline_id=99'), []);
    assertRefused(await call('GET', '/activities?type=call'), "'type'");
  });

  describe('after a delete', () => {
    it('omit the record; deals show it with status=deleted', async () => {
      sandbox.seed({
        organizations: [{ id: 20, name: 'Harbour Tutors' }],
        persons: [{ id: 7, name: 'Nell Harbour', org_id: 20 }],
        deals: [{ id: 9, title: 'Harbour', org_id: 20, update_time: '2026-01-01T00:00:00Z' }],
      });
      for (const path of ['/organizations/20', '/deals/9']) {
        const { status, data } = await call('DELETE', path);
        assert.deepEqual([status, data], [200, { id: Number(path.split('/')[2]) }]);
      }
      assert.deepEqual((await call('GET', '/organizations')).rows, []);
      assert.deepEqual((await call('GET', '/deals')).rows, []);
      const [deal] = (await call('GET', '/deals?status=deleted')).rows;
      assert.deepEqual([deal?.['id'], deal?.['status'], deal?.['is_deleted']], [9, 'deleted', true]);
      assert.ok(String(deal?.['update_time']) > '2026-01-01T00:00:00Z');
      // Nothing that hangs on the organization goes with it.
      assert.equal((await call('GET', '/persons/7')).data['org_id'], 20);
    });

    for (const [style, status, error] of [
      ['404', 404, 'Organization not found'],
      ['410', 410, 'old resource permanently unavailable'],
    ] as const) {
      it(`answer ${status} by id when goneStyle says so`, async () => {
        sandbox.settings.goneStyle = style;
        sandbox.seed({ organizations: [{ id: 20, name: 'Harbour Tutors' }] });
        await call('DELETE', '/organizations/20');
        for (const answer of [
          await call('GET', '/organizations/20'),
          await call('PATCH', '/organizations/20', { name: 'Again' }),
          await call('DELETE', '/organizations/20'),
        ]) {
          assert.deepEqual([answer.status, answer.body['error']], [status, error]);
          if (status === 404) assert.equal(answer.body['code'], 'ERR_NOT_FOUND');
        }
      });
    }

    it('answer 200 with is_deleted when goneStyle says so, for 30 days', async () => {
      sandbox.settings.goneStyle = '200-is_deleted';
      sandbox.seed({ deals: [{ id: 9, title: 'Harbour' }] });
      await call('DELETE', '/deals/9');
      const { data } = await call('GET', '/deals/9');
      assert.deepEqual([data['is_deleted'], data['status']], [true, 'deleted']);
      const patched = await call('PATCH', '/deals/9', { title: 'Again' });
      assert.deepEqual([patched.status, patched.data['is_deleted']], [200, true]);
      sandbox.advance(31 * day);
      assert.equal((await call('GET', '/deals/9')).status, 404);
      assert.deepEqual((await call('GET', '/deals?status=deleted')).rows, []);
    });
  });
});
