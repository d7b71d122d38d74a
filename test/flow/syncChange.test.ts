import assert from 'node:assert/strict';
import { orderSync } from '../../activities/hermes/requestSync.ts';
import { eventually, useHermes } from '../support/hermes.ts';
import {
  addCompany,
  addContact,
  addDeal,
  addMeeting,
  bodyOf,
  callsMade,
  changeCompany,
  fieldKey,
  namedFields,
  requestsTo,
  rowOf,
  sync,
  syncState,
  writesMade,
} from './syncSupport.ts';

describe('what a sync changes in Pipedrive', () => {
  const hermes = useHermes({ waitScale: 0.01 });
  beforeEach(() => hermes.reset());

  /** A company in Pipedrive with a person and an open deal, all in sync. */
  const synced = async (columns: Record<string, unknown> = {}) => {
    const companyId = await addCompany(hermes, { pd_org_id: 20, ...columns });
    const contactId = await addContact(hermes, companyId, { pd_person_id: 70 });
    const dealId = await addDeal(hermes, companyId, { pd_deal_id: 90, contact_id: contactId });
    hermes.pipedrive.seed({
      organizations: [{ id: 20, name: 'Harbour Tutors', owner_id: 101 }],
      persons: [{ id: 70, name: 'Nell Harbour', owner_id: 101, org_id: 20 }],
      deals: [{ id: 90, title: 'Harbour Tutors', owner_id: 101, org_id: 20, person_id: 70, stage_id: 11 }],
    });
    await sync(hermes, companyId);
    assert.equal((await syncState(hermes, companyId)).status, 'COMPLETED');
    await hermes.db('company').where({ id: companyId }).update({ pipedrive_synced_at: '2026-01-01' });
    hermes.pipedrive.requests.clear();
    return { companyId, contactId, dealId };
  };

  it('SYN-04, SYN-33, SYN-47, SYN-48, SYN-66: one changed field of each record is one PATCH with that field alone, without a reading', async () => {
    const { companyId, contactId, dealId } = await synced();
    await hermes.db('contact').where({ id: contactId }).update({ last_name: 'Quay' });
    await hermes.db('deal').where({ id: dealId }).update({ name: 'Harbour again' });
    await changeCompany(hermes, companyId, { website: 'https://harbour-tutors.example' });
    await sync(hermes, companyId);
    assert.deepEqual(callsMade(hermes), ['PATCH organizations/:id', 'PATCH persons/:id', 'PATCH deals/:id']);
    const website = await fieldKey(hermes, 'organization', 'website');
    assert.deepEqual(bodyOf(hermes, 'PATCH', 'organizations'), {
      custom_fields: { [website]: 'https://harbour-tutors.example' },
    });
    assert.deepEqual(bodyOf(hermes, 'PATCH', 'persons'), { name: 'Nell Quay' });
    assert.deepEqual(bodyOf(hermes, 'PATCH', 'deals'), { title: 'Harbour again' });
  });

  it('SYN-46: records that were never compared are read once, and only what differs is written', async () => {
    const companyId = await addCompany(hermes, { pd_org_id: 20, country: null });
    const hermesId = await fieldKey(hermes, 'organization', 'hermes_id');
    const plan = await fieldKey(hermes, 'organization', 'price_plan');
    const created = await fieldKey(hermes, 'organization', 'created');
    const count = await fieldKey(hermes, 'organization', 'paid_invoice_count');
    const status = await fieldKey(hermes, 'organization', 'tc2_status');
    hermes.pipedrive.seed({
      organizations: [
        {
          id: 20,
          name: 'Harbour Tutors',
          owner_id: 101,
          custom_fields: {
            [hermesId]: String(companyId),
            [plan]: 'payg',
            [created]: '2026-11-01',
            [count]: '0',
            [status]: 'pending_email_conf',
          },
        },
      ],
    });
    await sync(hermes, companyId);
    assert.deepEqual(callsMade(hermes), ['GET organizations/:id']);
  });

  it('SYN-26, SYN-33: a value that Hermes lost is cleared, one that was never ours is not', async () => {
    const { companyId } = await synced({ gclid: 'abc' });
    const utm = await fieldKey(hermes, 'organization', 'utm_source');
    hermes.pipedrive.app.update('organization', 20, { custom_fields: { [utm]: 'typed by sales' } });
    hermes.pipedrive.requests.clear();
    await changeCompany(hermes, companyId, { gclid: null });
    await sync(hermes, companyId);
    assert.deepEqual(bodyOf(hermes, 'PATCH', 'organizations'), {
      custom_fields: { [await fieldKey(hermes, 'organization', 'gclid')]: null },
    });
  });

  it('SYN-33: the street that sales typed and the numbers they added stay', async () => {
    const companyId = await addCompany(hermes, { pd_org_id: 20 });
    const contactId = await addContact(hermes, companyId, { pd_person_id: 70, phone: '+441632960000' });
    hermes.pipedrive.seed({
      organizations: [
        {
          id: 20,
          name: 'Harbour Tutors',
          owner_id: 101,
          address: { value: '1 Quay, Leeds', country: 'United Kingdom' },
        },
      ],
      persons: [
        {
          id: 70,
          name: 'Nell Harbour',
          owner_id: 101,
          org_id: 20,
          emails: [{ value: 'office@harbour-tutors.example', label: 'home', primary: true }],
          phones: [{ value: '+44 1632 960000', label: 'mobile', primary: true }],
        },
      ],
    });
    await sync(hermes, companyId);
    assert.ok(!('address' in bodyOf(hermes, 'PATCH', 'organizations')));
    const { custom_fields: custom, ...person } = bodyOf(hermes, 'PATCH', 'persons');
    assert.deepEqual(await namedFields(hermes, 'person', { custom_fields: custom }), {
      hermes_id: String(contactId),
    });
    assert.deepEqual(person, {
      emails: [
        { value: 'nell@harbour-tutors.example', label: 'work', primary: true },
        { value: 'office@harbour-tutors.example', label: 'home', primary: false },
      ],
    });
  });

  for (const goneStyle of ['404', '410', '200-is_deleted'] as const) {
    it(`SYN-07, SYN-08, SYN-37, SYN-38, SYN-69: an organization that is gone (${goneStyle}) stops the sync: a tombstone, no person, no deal`, async () => {
      hermes.pipedrive.settings.goneStyle = goneStyle;
      const { companyId } = await synced();
      await addContact(hermes, companyId, { last_name: 'Second' });
      await addDeal(hermes, companyId);
      hermes.pipedrive.app.delete('organization', 20);
      await changeCompany(hermes, companyId, { name: 'Renamed' });
      await sync(hermes, companyId);
      assert.deepEqual(callsMade(hermes), ['PATCH organizations/:id', 'GET organizations/:id']);
      const company = await rowOf(hermes, 'company', companyId);
      assert.deepEqual(
        [company['is_deleted'], company['deleted_by'], company['pd_org_id']],
        [true, 'pipedrive', null],
      );
      assert.equal((await syncState(hermes, companyId)).status, 'COMPLETED');

      hermes.pipedrive.requests.clear();
      await changeCompany(hermes, companyId, { name: 'Again' });
      await sync(hermes, companyId);
      assert.deepEqual(callsMade(hermes), [], 'PDO-31, PDO-32');
    });

    it(`SYN-13, SYN-39, SYN-17, SYN-18, SYN-40: person and deal that are gone (${goneStyle}) become tombstones, the organization is written`, async () => {
      hermes.pipedrive.settings.goneStyle = goneStyle;
      const { companyId, contactId, dealId } = await synced();
      hermes.pipedrive.app.delete('person', 70);
      hermes.pipedrive.app.delete('deal', 90);
      await hermes.db('contact').where({ id: contactId }).update({ last_name: 'Quay' });
      await hermes.db('deal').where({ id: dealId }).update({ name: 'Harbour again' });
      await changeCompany(hermes, companyId, { name: 'Renamed' });
      await sync(hermes, companyId);
      const contact = await rowOf(hermes, 'contact', contactId);
      const deal = await rowOf(hermes, 'deal', dealId);
      assert.deepEqual([contact['is_deleted'], contact['pd_person_id']], [true, null]);
      assert.deepEqual([deal['status'], deal['pd_deal_id']], ['deleted', null]);
      assert.equal(hermes.pipedrive.organizations.get(20)?.name, 'Renamed');
      assert.ok(!callsMade(hermes).some((call) => call.startsWith('POST')));
      assert.equal((await syncState(hermes, companyId)).status, 'COMPLETED');
    });
  }

  it('SYN-69: an organization that is gone is also noticed when only a new person would have been made under it', async () => {
    const { companyId } = await synced();
    await addContact(hermes, companyId, { last_name: 'Second' });
    await addDeal(hermes, companyId);
    hermes.pipedrive.app.delete('organization', 20);
    await sync(hermes, companyId);
    assert.equal((await rowOf(hermes, 'company', companyId))['is_deleted'], true);
    assert.ok(!callsMade(hermes).includes('POST deals'));
    assert.equal((await syncState(hermes, companyId)).status, 'COMPLETED');
  });

  it('SYN-06, SYN-35, SYN-69: another 404, and a 500 that mentions 404, are errors and no tombstones', async () => {
    const { companyId } = await synced();
    hermes.pipedrive.faults.add({
      kind: 'status',
      method: 'PATCH',
      path: '/api/v2/organizations',
      status: 404,
      body: { success: false, error: 'Unknown path' },
    });
    await changeCompany(hermes, companyId, { name: 'Renamed' });
    await sync(hermes, companyId);
    assert.equal((await rowOf(hermes, 'company', companyId))['is_deleted'], false);
    assert.equal((await syncState(hermes, companyId)).status, 'FAILED');

    hermes.pipedrive.faults.add({
      kind: 'status',
      method: 'PATCH',
      path: '/api/v2/organizations',
      status: 500,
      body: { success: false, error: 'ERR_NOT_FOUND 404' },
    });
    await changeCompany(hermes, companyId);
    await sync(hermes, companyId);
    assert.equal((await rowOf(hermes, 'company', companyId))['is_deleted'], false);
    assert.equal(hermes.pipedrive.organizations.get(20)?.name, 'Renamed');
  });

  it('SYN-69: a 404 to a PATCH while the GET is good keeps the record', async () => {
    const { companyId } = await synced();
    hermes.pipedrive.faults.add({
      kind: 'status',
      method: 'PATCH',
      path: '/api/v2/organizations',
      status: 404,
      body: { success: false, error: 'Organization not found', code: 'ERR_NOT_FOUND' },
    });
    await changeCompany(hermes, companyId, { name: 'Renamed' });
    await sync(hermes, companyId);
    const company = await rowOf(hermes, 'company', companyId);
    assert.deepEqual([company['is_deleted'], company['pd_org_id']], [false, 20]);
  });

  it('SYN-69: an id that changed meanwhile is kept', async () => {
    const { companyId } = await synced();
    hermes.pipedrive.seed({ organizations: [{ id: 21, name: 'Harbour Tutors', owner_id: 101 }] });
    hermes.pipedrive.app.delete('organization', 20);
    hermes.pipedrive.faults.add({
      kind: 'latency',
      method: 'GET',
      path: '/api/v2/organizations/20',
      delayMs: 400,
    });
    await changeCompany(hermes, companyId, { name: 'Renamed' });
    const running = sync(hermes, companyId);
    await hermes.pipedrive.requests.waitFor(({ method }) => method === 'PATCH');
    await hermes.db('company').where({ id: companyId }).update({ pd_org_id: 21 });
    await running;
    const company = await rowOf(hermes, 'company', companyId);
    assert.deepEqual([company['is_deleted'], company['pd_org_id']], [false, 21]);
  });

  it('SYN-19: a deal that Pipedrive closed is never reopened, nor written to once the answer said so', async () => {
    const { companyId, dealId } = await synced();
    hermes.pipedrive.app.update('deal', 90, { status: 'won' });
    hermes.pipedrive.requests.clear();
    await hermes.db('deal').where({ id: dealId }).update({ name: 'Harbour again' });
    await changeCompany(hermes, companyId);
    await sync(hermes, companyId);
    for (const { body } of requestsTo(hermes, 'PATCH', 'deals')) assert.ok(!('status' in (body as object)));
    assert.equal(hermes.pipedrive.deals.get(90)?.status, 'won');
    hermes.pipedrive.requests.clear();
    await hermes.db('deal').where({ id: dealId }).update({ name: 'And again' });
    await sync(hermes, companyId);
    assert.deepEqual(callsMade(hermes), []);
  });

  it('SYN-65, OPS-17: a changed field reaches the open deal; won and lost ones are not patched', async () => {
    const { companyId } = await synced();
    await addDeal(hermes, companyId, { pd_deal_id: 91, status: 'won' });
    await addDeal(hermes, companyId, { pd_deal_id: 92, status: 'lost' });
    hermes.pipedrive.seed({
      deals: [
        { id: 91, title: 'Won', owner_id: 101, stage_id: 11, status: 'won' },
        { id: 92, title: 'Lost', owner_id: 101, stage_id: 11, status: 'lost' },
      ],
    });
    await hermes.db('deal').update({ utm_source: 'google' });
    await changeCompany(hermes, companyId, { utm_source: 'google' });
    await sync(hermes, companyId);
    assert.deepEqual(
      requestsTo(hermes, 'PATCH', 'deals').map(({ path }) => path),
      ['/api/v2/deals/90'],
    );
  });

  it('OPS-01, OPS-03, OPS-04, OPS-05, OPS-10, OPS-14, OPS-15, OPS-19: each open deal of a paying company gets its count: one PATCH, no GET', async () => {
    const companyId = await addCompany(hermes, { pd_org_id: 20, paid_invoice_count: 15 });
    for (const id of [90, 91]) await addDeal(hermes, companyId, { pd_deal_id: id, paid_invoice_count: 3 });
    await addDeal(hermes, companyId);
    hermes.pipedrive.seed({
      organizations: [{ id: 20, name: 'Harbour Tutors', owner_id: 101 }],
      deals: [90, 91].map((id) => ({ id, title: 'Typed by sales', owner_id: 102, org_id: 20, stage_id: 12 })),
    });
    await sync(hermes, companyId);
    const count = await fieldKey(hermes, 'deal', 'paid_invoice_count');
    assert.deepEqual(requestsTo(hermes, 'GET', 'deals'), []);
    assert.deepEqual(
      requestsTo(hermes, 'PATCH', 'deals').map(({ body }) => body),
      [{ custom_fields: { [count]: '15' } }, { custom_fields: { [count]: '15' } }],
    );
    assert.ok(!callsMade(hermes).includes('POST deals'));
    hermes.pipedrive.requests.clear();
    await changeCompany(hermes, companyId, { paid_invoice_count: 20 });
    await sync(hermes, companyId);
    assert.deepEqual(
      requestsTo(hermes, 'PATCH', 'deals').map(({ body }) => body),
      [{ custom_fields: { [count]: '20' } }, { custom_fields: { [count]: '20' } }],
    );
  });

  it('OPS-21, OPS-22: a PATCH that fails lets the rest go on; 404, confirmed by one GET, is a tombstone', async () => {
    const companyId = await addCompany(hermes, { pd_org_id: 20, paid_invoice_count: 5 });
    const first = await addDeal(hermes, companyId, { pd_deal_id: 90 });
    const second = await addDeal(hermes, companyId, { pd_deal_id: 91 });
    const third = await addDeal(hermes, companyId, { pd_deal_id: 92 });
    hermes.pipedrive.seed({
      organizations: [{ id: 20, name: 'Harbour Tutors', owner_id: 101 }],
      deals: [91, 92].map((id) => ({ id, title: 'Deal', owner_id: 101, org_id: 20, stage_id: 11 })),
    });
    hermes.pipedrive.faults.add({
      kind: 'status',
      method: 'PATCH',
      path: '/api/v2/deals/91',
      status: 400,
      body: {
        success: false,
        error: 'Validation failed: custom_fields: no',
        code: 'ERR_SCHEMA_VALIDATION_FAILED',
      },
    });
    hermes.pipedrive.faults.add({ kind: 'status', method: 'PATCH', path: '/api/v2/deals/92', status: 500 });
    await sync(hermes, companyId);
    assert.equal((await rowOf(hermes, 'deal', first))['status'], 'deleted');
    assert.equal((await rowOf(hermes, 'deal', second))['pd_deal_id'], 91);
    assert.equal((await rowOf(hermes, 'deal', third))['pd_deal_id'], 92);
    assert.equal(requestsTo(hermes, 'GET', 'deals/90').length, 1);
    assert.equal(
      hermes.pipedrive.deals.get(92)?.custom_fields[await fieldKey(hermes, 'deal', 'paid_invoice_count')],
      '5',
    );
    const state = await syncState(hermes, companyId);
    assert.equal(state.failure, 'Refused');
    assert.match(state.message ?? '', new RegExp(`deal ${second}`));
  });

  it('NARC-03, NARC-04, NARC-05: deals, persons and organization are deleted, their ids cleared, and each deletion is on record before it happens', async () => {
    const { companyId, contactId, dealId } = await synced();
    const meetingId = await addMeeting(hermes, companyId, { contact_id: contactId });
    await hermes.db('deal').where({ id: dealId }).update({ status: 'lost' });
    await changeCompany(hermes, companyId, { narc: true });
    await sync(hermes, companyId);
    assert.deepEqual(callsMade(hermes), [
      'DELETE deals/:id',
      'DELETE persons/:id',
      'DELETE organizations/:id',
    ]);
    assert.equal((await rowOf(hermes, 'company', companyId))['pd_org_id'], null);
    assert.equal((await rowOf(hermes, 'contact', contactId))['pd_person_id'], null);
    assert.equal((await rowOf(hermes, 'deal', dealId))['pd_deal_id'], null);
    assert.equal((await rowOf(hermes, 'meeting', meetingId))['pd_activity_id'], null);
    const ordered = (await hermes
      .db('remote_record')
      .where({ system: 'pipedrive' })
      .whereNotNull('deletion_ordered_at')
      .pluck('entity')) as string[];
    assert.deepEqual(ordered.sort(), ['deal', 'organization', 'person']);

    hermes.pipedrive.requests.clear();
    await changeCompany(hermes, companyId, { narc: false });
    await sync(hermes, companyId);
    assert.deepEqual(writesMade(hermes), ['POST organizations', 'POST persons', 'POST activities']);
  });

  it('NARC-10, NARC-12: a deletion that is refused is visible, keeps the id, and is no longer on order', async () => {
    const { companyId, dealId } = await synced();
    for (const path of ['/api/v2/organizations', '/api/v2/deals']) {
      hermes.pipedrive.faults.add({
        kind: 'status',
        method: 'DELETE',
        path,
        status: 403,
        body: { success: false, error: 'Forbidden' },
      });
    }
    await changeCompany(hermes, companyId, { narc: true });
    await sync(hermes, companyId);
    const state = await syncState(hermes, companyId);
    assert.equal(state.failure, 'Refused');
    assert.match(state.message ?? '', new RegExp(`organization of company ${companyId}`));
    assert.match(state.message ?? '', new RegExp(`deal ${dealId}`));
    assert.equal((await rowOf(hermes, 'company', companyId))['pd_org_id'], 20);
    assert.equal((await rowOf(hermes, 'deal', dealId))['pd_deal_id'], 90);
    const ordered = (await hermes
      .db('remote_record')
      .whereNotNull('deletion_ordered_at')
      .pluck('entity')) as string[];
    assert.deepEqual(ordered, ['person']);
  });

  it('NARC taken off while Pipedrive is away: nothing is deleted any more, and the order is taken back', async () => {
    const { companyId } = await synced();
    const outage = hermes.pipedrive.faults.add({ kind: 'status', method: 'DELETE', times: Infinity });
    await changeCompany(hermes, companyId, { narc: true });
    await orderSync(hermes.temporal, { companyId, priority: 'webhook' });
    await eventually('a deletion was tried', async () => requestsTo(hermes, 'DELETE', 'deals').length > 0);
    await changeCompany(hermes, companyId, { narc: false });
    hermes.pipedrive.faults.remove(outage);
    await sync(hermes, companyId);
    assert.deepEqual([...hermes.pipedrive.organizations.keys()], [20]);
    assert.deepEqual([...hermes.pipedrive.persons.keys()], [70]);
    assert.deepEqual([...hermes.pipedrive.deals.keys()], [90]);
    const ordered = await hermes.db('remote_record').whereNotNull('deletion_ordered_at').pluck('entity');
    assert.deepEqual(ordered, []);
    const company = await rowOf(hermes, 'company', companyId);
    assert.deepEqual([company['pd_org_id'], company['is_deleted']], [20, false]);
  });

  it('NARC taken off after a deletion whose answer was lost: the record is made anew', async () => {
    const companyId = await addCompany(hermes, { pd_org_id: 20, narc: true });
    hermes.pipedrive.seed({ organizations: [{ id: 20, name: 'Harbour Tutors', owner_id: 101 }] });
    hermes.pipedrive.faults.add({ kind: 'dropAfter', method: 'DELETE' });
    hermes.pipedrive.faults.add({ kind: 'status', method: 'DELETE', times: Infinity });
    await orderSync(hermes.temporal, { companyId, priority: 'webhook' });
    await eventually('a deletion was tried again', async () => {
      return requestsTo(hermes, 'DELETE', 'organizations').length > 1;
    });
    await changeCompany(hermes, companyId, { narc: false });
    await sync(hermes, companyId);
    const company = await rowOf(hermes, 'company', companyId);
    assert.equal(company['is_deleted'], false);
    assert.equal(requestsTo(hermes, 'POST', 'organizations').length, 1);
    assert.notEqual(company['pd_org_id'], 20);
  });

  it('NARC-09: deals that Hermes closed are closed in Pipedrive, once', async () => {
    const { companyId, dealId } = await synced();
    await hermes.db('deal').where({ id: dealId }).update({ status: 'lost' });
    await changeCompany(hermes, companyId);
    await sync(hermes, companyId);
    assert.deepEqual(callsMade(hermes), ['PATCH deals/:id']);
    assert.deepEqual(bodyOf(hermes, 'PATCH', 'deals'), { status: 'lost' });
    hermes.pipedrive.requests.clear();
    await changeCompany(hermes, companyId);
    await sync(hermes, companyId);
    assert.deepEqual(callsMade(hermes), []);
  });
});
