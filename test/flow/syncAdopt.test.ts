import assert from 'node:assert/strict';
import { useHermes } from '../support/hermes.ts';
import {
  addCompany,
  addContact,
  addDeal,
  callsMade,
  changeCompany,
  fieldKey,
  requestsTo,
  rowOf,
  sync,
  syncState,
  writesMade,
} from './syncSupport.ts';

describe('an organization that Pipedrive has already', () => {
  const hermes = useHermes();
  beforeEach(() => hermes.reset());

  const typedByHand = (custom_fields: Record<string, unknown> = {}) => ({
    organizations: [{ id: 20, name: 'Harbour tutors ltd', owner_id: 101, custom_fields }],
  });
  const nell = {
    id: 70,
    name: 'N. Harbour',
    owner_id: 101,
    org_id: 20,
    emails: [{ value: 'nell@harbour-tutors.example', label: 'work', primary: true }],
    phones: [{ value: '01632 960000', label: 'work', primary: true }],
  };
  const linked = async (companyId: number) => (await rowOf(hermes, 'company', companyId))['pd_org_id'];

  it('SYN-52: a person that is linked already leads to its organization; the deal is created and linked to both', async () => {
    const companyId = await addCompany(hermes);
    const contactId = await addContact(hermes, companyId, { pd_person_id: 70 });
    await addDeal(hermes, companyId, { contact_id: contactId });
    hermes.pipedrive.seed({ ...typedByHand(), persons: [nell] });
    await sync(hermes, companyId);
    assert.equal(await linked(companyId), 20);
    const [deal] = hermes.pipedrive.deals.values();
    assert.deepEqual([deal?.org_id, deal?.person_id], [20, 70]);
    assert.equal(hermes.pipedrive.persons.size, 1);
    assert.deepEqual(
      callsMade(hermes).filter((call) => call.includes('search')),
      [],
      'a linked person costs no search',
    );
  });

  it('SYN-53, TCC-45: found by the link to the client, used and updated, not doubled', async () => {
    const companyId = await addCompany(hermes, { tc2_cligency_id: 70412 });
    const url = await fieldKey(hermes, 'organization', 'tc2_cligency_url');
    hermes.pipedrive.seed(typedByHand({ [url]: `${hermes.environment.TC2_BASE_URL}/clients/70412/` }));
    await sync(hermes, companyId);
    assert.equal(await linked(companyId), 20);
    assert.deepEqual(writesMade(hermes), ['PATCH organizations/:id']);
    const row = hermes.pipedrive.organizations.get(20);
    assert.equal(row?.custom_fields[await fieldKey(hermes, 'organization', 'hermes_id')], String(companyId));
    assert.equal(requestsTo(hermes, 'GET', 'organizations/20').length, 1, 'a hit is confirmed by reading it');
  });

  it('SYN-54: found by a contact’s e-mail; a new person is created all the same', async () => {
    const companyId = await addCompany(hermes);
    await addContact(hermes, companyId, { email: 'Nell@Harbour-Tutors.example' });
    hermes.pipedrive.seed({ ...typedByHand(), persons: [nell] });
    await sync(hermes, companyId);
    assert.equal(await linked(companyId), 20);
    assert.equal(hermes.pipedrive.persons.size, 2);
  });

  it('SYN-55, SYN-57: else by phone', async () => {
    const companyId = await addCompany(hermes);
    await addContact(hermes, companyId, { email: null, phone: '01632 960000' });
    hermes.pipedrive.seed({ ...typedByHand(), persons: [nell] });
    await sync(hermes, companyId);
    assert.equal(await linked(companyId), 20);
  });

  it('SYN-56, SYN-59: a person without an organization leads nowhere: a new organization', async () => {
    const companyId = await addCompany(hermes);
    await addContact(hermes, companyId);
    hermes.pipedrive.seed({
      persons: [{ ...nell, org_id: undefined }].map(({ org_id: _none, ...row }) => row),
    });
    await sync(hermes, companyId);
    assert.equal(hermes.pipedrive.organizations.size, 1);
    assert.ok(callsMade(hermes).includes('POST organizations'));
  });

  it('SYN-58: one that is linked to another company is skipped: a new organization', async () => {
    await addCompany(hermes, { name: 'First come', pd_org_id: 20 });
    const companyId = await addCompany(hermes);
    await addContact(hermes, companyId);
    hermes.pipedrive.seed({ ...typedByHand(), persons: [nell] });
    await sync(hermes, companyId);
    assert.notEqual(await linked(companyId), 20);
    assert.equal(hermes.pipedrive.organizations.size, 2);
  });

  it('one whose hermes_id is no id is used', async () => {
    const hermesId = await fieldKey(hermes, 'organization', 'hermes_id');
    const companyId = await addCompany(hermes);
    await addContact(hermes, companyId);
    hermes.pipedrive.seed({ ...typedByHand({ [hermesId]: '99999999999' }), persons: [nell] });
    await sync(hermes, companyId);
    assert.equal(await linked(companyId), 20);
  });

  it('one that names another living company is skipped, one that names a deleted company is used', async () => {
    const other = await addCompany(hermes, { name: 'Other' });
    const hermesId = await fieldKey(hermes, 'organization', 'hermes_id');
    const companyId = await addCompany(hermes);
    await addContact(hermes, companyId);
    hermes.pipedrive.seed({ ...typedByHand({ [hermesId]: String(other) }), persons: [nell] });
    await sync(hermes, companyId);
    assert.notEqual(await linked(companyId), 20);

    await hermes.db('company').where({ id: other }).update({ is_deleted: true });
    await hermes.db('company').where({ id: companyId }).update({ pd_org_id: null });
    await changeCompany(hermes, companyId);
    await sync(hermes, companyId);
    assert.ok([20, 21].includes(Number(await linked(companyId))));
  });

  it('our own id on an organization leads a copied row back to it', async () => {
    const companyId = await addCompany(hermes);
    const hermesId = await fieldKey(hermes, 'organization', 'hermes_id');
    hermes.pipedrive.seed(typedByHand({ [hermesId]: String(companyId) }));
    await sync(hermes, companyId);
    assert.equal(await linked(companyId), 20);
  });

  for (const goneStyle of ['404', '200-is_deleted'] as const) {
    it(`a deleted organization that the search still shows (${goneStyle}) is not used`, async () => {
      hermes.pipedrive.settings.goneStyle = goneStyle;
      const companyId = await addCompany(hermes, { tc2_cligency_id: 70412 });
      const url = await fieldKey(hermes, 'organization', 'tc2_cligency_url');
      hermes.pipedrive.seed(typedByHand({ [url]: `${hermes.environment.TC2_BASE_URL}/clients/70412/` }));
      hermes.pipedrive.app.delete('organization', 20);
      await sync(hermes, companyId);
      assert.notEqual(await linked(companyId), 20);
      assert.ok(callsMade(hermes).includes('POST organizations'));
    });
  }

  it('a booking brings back a company that was deleted in Pipedrive: a new organization, not the deleted one', async () => {
    const companyId = await addCompany(hermes, { tc2_cligency_id: 70412 });
    const contactId = await addContact(hermes, companyId);
    await sync(hermes, companyId);
    const before = Number(await linked(companyId));
    hermes.pipedrive.app.delete('organization', before);
    await changeCompany(hermes, companyId, { name: 'Renamed' });
    await sync(hermes, companyId);
    assert.equal((await rowOf(hermes, 'company', companyId))['is_deleted'], true);
    await hermes.db('contact').where({ id: contactId }).update({ is_deleted: false });
    await changeCompany(hermes, companyId, { is_deleted: false, deleted_by: null });
    await sync(hermes, companyId, 'booking');
    assert.ok(Number(await linked(companyId)) > before);
    assert.equal((await syncState(hermes, companyId)).status, 'COMPLETED');
  });

  it('two companies that lead to one organization at the same time: one gets it, the other one a new one', async () => {
    const first = await addCompany(hermes);
    const second = await addCompany(hermes, { name: 'Quay Tutors' });
    for (const companyId of [first, second]) await addContact(hermes, companyId);
    hermes.pipedrive.seed({ ...typedByHand(), persons: [nell] });
    await Promise.all([sync(hermes, first), sync(hermes, second)]);
    const links = [await linked(first), await linked(second)];
    assert.ok(links.includes(20));
    assert.equal(new Set(links).size, 2);
    assert.equal(hermes.pipedrive.organizations.size, 2);
  });
});

describe('with PD_FIND_BEFORE_CREATE=false and SYNC_CREATE_DEALS=false', () => {
  const hermes = useHermes({
    environment: { PD_FIND_BEFORE_CREATE: 'false', SYNC_CREATE_DEALS: 'false' },
  });

  it('CBS-48: nothing is searched and no deal is created', async () => {
    const companyId = await addCompany(hermes, { tc2_cligency_id: 70412 });
    const contactId = await addContact(hermes, companyId);
    await addDeal(hermes, companyId, { contact_id: contactId, booked: true });
    await sync(hermes, companyId, 'booking');
    assert.deepEqual(
      callsMade(hermes).filter((call) => !call.includes('Fields')),
      ['POST organizations', 'POST persons'],
    );
    assert.equal((await syncState(hermes, companyId)).status, 'COMPLETED');
  });
});
