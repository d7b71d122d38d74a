import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { exampleClient } from '../../../sandbox/tc2/events.ts';
import { signSupportLink } from '../../../domain/callbooker/supportLink.ts';
import { admin, openDoor, tc2Key, type Door } from './support.ts';

describe('api/callbooker/supportLink', () => {
  let door: Door;
  before(async () => {
    door = await openDoor();
  });
  after(() => door.stop());
  beforeEach(async () => {
    door.tc2.reset();
    await door.db.raw('truncate company, admin, remote_record restart identity cascade');
    await door.db('admin').insert(admin(4, { tc2_admin_id: 64, is_support_person: true }));
  });

  const withKey = { authorization: `token ${tc2Key}` };
  const generate = (query: string, headers: Record<string, string> = withKey) =>
    door.get(`/callbooker/support-link/generate/tc2/?${query}`, headers);
  const validate = (query: Record<string, string | number>) =>
    door.get(
      `/callbooker/support-link/validate/?${new URLSearchParams(
        Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
      ).toString()}`,
    );
  const soon = (): number => Math.floor(Date.now() / 1000) + 3600;
  const error = (status: number, message: string) => ({ status, body: { status: 'error', message } });

  it('LNK-01, LNK-05, LNK-08: a link for a known company, made without asking TC2, is valid', async () => {
    await door.db('company').insert({ id: 7, name: 'Junes Ltd', tc2_cligency_id: 70412 });
    const { status, body } = await generate('tc2_admin_id=64&tc2_cligency_id=70412');
    assert.equal(status, 200);
    const link = new URL((body as { link: string }).link);
    assert.equal(`${link.origin}${link.pathname}`, 'https://site.example/book-a-call/4/');
    assert.deepEqual([link.searchParams.get('admin_id'), link.searchParams.get('company_id')], ['4', '7']);
    assert.ok(Number(link.searchParams.get('e')) > soon());
    assert.equal(door.tc2.requests.entries.length, 0);
    assert.deepEqual(await door.get(`/callbooker/support-link/validate/${link.search}`), {
      status: 200,
      body: { status: 'ok', company_name: 'Junes Ltd' },
    });
  });

  it('LNK-02: no or wrong key', async () => {
    const query = 'tc2_admin_id=64&tc2_cligency_id=70412';
    for (const headers of [{}, { authorization: 'token wrong' }, { authorization: tc2Key }]) {
      assert.deepEqual(await generate(query, headers as Record<string, string>), error(403, 'Unauthorized'));
    }
  });

  it('LNK-03, LNK-04, LNK-16: an unknown company is read from TC2 and stored without a deal', async () => {
    await door.db('config').insert({});
    const client = structuredClone(exampleClient);
    door.tc2.state.clients.set(client.id, client);
    const { status, body } = await generate(`tc2_admin_id=64&tc2_cligency_id=${client.id}`);
    assert.equal(status, 200, JSON.stringify(body));
    const company = await door
      .db('company')
      .first<Record<string, unknown>>('tc2_agency_id', 'tc2_cligency_id', 'wanted_version');
    assert.deepEqual(company, {
      tc2_agency_id: client.meta_agency?.id,
      tc2_cligency_id: client.id,
      wanted_version: 0,
    });
    assert.equal(await door.db('deal').first('id'), undefined);
  });

  it('a client that TC2 does not have, and a TC2 that is away', async () => {
    const query = 'tc2_admin_id=64&tc2_cligency_id=999';
    assert.deepEqual(await generate(query), error(404, 'Company not found'));
    door.tc2.faults.add({ kind: 'status', status: 502, path: '/api/clients' });
    assert.equal((await generate(query)).status, 404, 'one fault is asked past');
    door.tc2.faults.add({ kind: 'status', status: 502, path: '/api/clients', times: Infinity });
    assert.equal((await generate(query)).status, 503);
    door.tc2.faults.clear();
  });

  it('LNK-06, LNK-07: unknown admin', async () => {
    assert.deepEqual(await generate('tc2_admin_id=1&tc2_cligency_id=70412'), error(404, 'Admin not found'));
    assert.equal((await generate('tc2_admin_id=64')).status, 422);
  });

  it('LNK-10, LNK-11: wrong signature, whether the company exists or not', async () => {
    await door.db('company').insert({ id: 7, name: 'Junes Ltd' });
    for (const company_id of [7, 8]) {
      const answer = await validate({ admin_id: 4, company_id, e: soon(), s: 'wrong' });
      assert.deepEqual(answer, error(403, 'Invalid signature'));
    }
  });

  it('LNK-09: links of the earlier service', async () => {
    await door.db('company').insert({ id: 7, name: 'Junes Ltd' });
    const e = soon();
    const s = createHash('sha1').update(`signing-key:4-7-${e}`).digest('hex');
    assert.equal((await validate({ admin_id: 4, company_id: 7, e, s })).status, 200);
  });

  it('LNK-12, LNK-13: expired; unknown admin or company', async () => {
    await door.db('company').insert({ id: 7, name: 'Junes Ltd' });
    const signed = (adminId: number, companyId: number, expires: number) =>
      validate({
        admin_id: adminId,
        company_id: companyId,
        e: expires,
        s: signSupportLink('signing-key', { adminId, companyId, expires }),
      });
    assert.deepEqual(await signed(4, 7, 1_600_000_000), error(403, 'Link has expired'));
    assert.deepEqual(await signed(5, 7, soon()), error(404, 'Admin or Company not found'));
    assert.deepEqual(await signed(4, 8, soon()), error(404, 'Admin or Company not found'));
    assert.equal((await validate({ admin_id: 4, company_id: 7 })).status, 422);
  });
});
