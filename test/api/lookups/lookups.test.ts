import assert from 'node:assert/strict';
import { admin, openDoor, type Door } from '../callbooker/support.ts';

describe('api/lookups', () => {
  let door: Door;
  before(async () => {
    door = await openDoor();
  });
  after(() => door.stop());
  beforeEach(() => door.db.raw('truncate company, admin restart identity cascade'));

  const chosen = async (query: string): Promise<number> => {
    const { status, body } = await door.get(`/choose-roundrobin/${query}`);
    assert.equal(status, 200, JSON.stringify(body));
    return (body as { id: number }).id;
  };

  const status = async (path: string): Promise<number> => {
    const answer = await door.get(path);
    if (answer.status >= 400) assert.equal((answer.body as { status: string }).status, 'error');
    return answer.status;
  };

  it('COM-01, COM-02, COM-03: the country from the header, or GB', async () => {
    assert.deepEqual(await door.get('/loc/', { 'cf-ipcountry': 'US' }), {
      status: 200,
      body: { country_code: 'US' },
    });
    assert.deepEqual((await door.get('/loc')).body, { country_code: 'GB' });
  });

  it('COM-04, COM-08: finds a company by name or id with exactly 7 keys', async () => {
    await door.db('company').insert([
      {
        id: 7,
        name: 'Harbour Tutors',
        tc2_agency_id: 5120,
        tc2_cligency_id: 70412,
        pd_org_id: 20,
        country: 'GB',
      },
      { id: 8, name: 'Harbour' },
    ]);
    const row = {
      id: 7,
      name: 'Harbour Tutors',
      tc2_agency_id: 5120,
      tc2_cligency_id: 70412,
      pd_org_id: 20,
      country: 'GB',
      price_plan: 'payg',
    };
    for (const query of [
      'name=Harbour%20Tutors',
      'id=7',
      'tc2_agency_id=5120',
      'tc2_cligency_id=70412&id=',
    ]) {
      assert.deepEqual(await door.get(`/companies/?${query}`), { status: 200, body: [row] });
    }
    assert.deepEqual((await door.get('/companies/?id=7&name=Harbour')).body, []);
  });

  it('COM-05, COM-07: a parameter is required', async () => {
    for (const query of ['', '?', '?name=', '?country=GB', '?id=seven']) {
      assert.equal(await status(`/companies/${query}`), 422);
    }
  });

  it('COM-06: at most 10, by name', async () => {
    await door.db('company').insert(Array.from({ length: 15 }, () => ({ name: 'Same' })).map((row) => row));
    const { body } = await door.get('/companies/?name=Same');
    assert.deepEqual(
      (body as { id: number }[]).map(({ id }) => id),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    );
  });

  it('RR-01, RR-05: the body', async () => {
    await door
      .db('admin')
      .insert([
        admin(1, { sells_gb: true }),
        admin(2, { sells_payg: false, sells_startup: true, last_name: 'Startup' }),
      ]);
    assert.deepEqual(await door.get('/choose-roundrobin/sales/?plan=startup&country_code=GB'), {
      status: 200,
      body: {
        id: 2,
        first_name: 'Sam',
        last_name: 'Startup',
        email: 'admin2@acme.example',
        tc2_admin_id: 62,
        pd_owner_id: 102,
      },
    });
  });

  it('RR-02, RR-21, RR-03: goes round after the newest company of the plan', async () => {
    await door.db('admin').insert([admin(1), admin(2), admin(3)]);
    const query = 'sales/?plan=payg&country_code=GB';
    assert.equal(await chosen(query), 1);
    for (const [last, next] of [
      [1, 2],
      [2, 3],
      [3, 1],
    ]) {
      await door.db('company').insert({ name: 'c', price_plan: 'payg', sales_person_id: last });
      assert.equal(await chosen(query), next);
    }
    await door.db('company').insert({ name: 'c', price_plan: 'startup', sales_person_id: 1 });
    await door.db('company').insert({ name: 'c', price_plan: 'payg', sales_person_id: null });
    assert.equal(await chosen(query), 1);
    await door.db('admin').insert(admin(4, { is_sales_person: false }));
    await door.db('company').insert({ name: 'c', price_plan: 'payg', sales_person_id: 4 });
    assert.equal(await chosen(query), 1);
  });

  it('RR-06, RR-07, RR-10, RR-11, RR-12, RR-19, RR-20, RR-23: by plan and region', async () => {
    await door
      .db('admin')
      .insert([
        admin(1, { sells_gb: true }),
        admin(2, { sells_us: true, sells_ca: true }),
        admin(3, { sells_payg: false, sells_startup: true, sells_eu: true }),
        admin(4, { sells_payg: false, sells_startup: true, sells_au: true, sells_row: true }),
        admin(5, { sells_payg: false, sells_enterprise: true }),
      ]);
    const expected: [string, string, number][] = [
      ['payg', 'GB', 1],
      ['payg', 'US', 2],
      ['payg', 'CA', 2],
      ['startup', 'FR', 3],
      ['startup', 'AU', 4],
      ['startup', 'JP', 4],
      ['enterprise', 'ZZ', 5],
      ['payg', 'JP', 1],
      ['payg', '', 1],
    ];
    for (const [plan, country, id] of expected) {
      assert.equal(await chosen(`sales/?plan=${plan}&country_code=${country}`), id, `${plan} ${country}`);
    }
  });

  it('RR-04, RR-24, RR-25, RR-13: bad plan, no country, nobody', async () => {
    assert.equal(await status('/choose-roundrobin/sales/?plan=gold&country_code=GB'), 422);
    assert.equal(await status('/choose-roundrobin/sales/?country_code=GB'), 422);
    assert.equal(await status('/choose-roundrobin/sales/?plan=payg'), 422);
    assert.equal(await status('/choose-roundrobin/sales/?plan=payg&country_code=GB'), 404);
  });

  it('RR-15, RR-16, RR-17, RR-26: support goes round', async () => {
    assert.equal(await status('/choose-roundrobin/support/'), 404);
    await door
      .db('admin')
      .insert([admin(1, { is_support_person: true }), admin(2, { is_support_person: true }), admin(3)]);
    assert.equal(await chosen('support/'), 1);
    await door.db('company').insert({ name: 'c', support_person_id: 1 });
    assert.equal(await chosen('support/'), 2);
    await door.db('company').insert({ name: 'c', support_person_id: 2 });
    assert.equal(await chosen('support/'), 1);
  });
});
