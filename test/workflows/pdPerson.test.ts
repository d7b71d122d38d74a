import assert from 'node:assert/strict';
import { untilLockIsAwaited } from '../support/locks.ts';
import { custom, personKey, startPdHarness, type PdHarness } from './pdHarness.ts';

const nell = 'nell@harbour-tutors.example';
const mail = (value: string, primary = true) => ({ value, label: 'work', primary });

describe('Pipedrive person events', () => {
  let hermes: PdHarness;
  let companyId: number;
  before(async () => {
    hermes = await startPdHarness();
  });
  after(() => hermes.stop());
  beforeEach(async () => {
    await hermes.reset();
    companyId = await hermes.insert('company', { name: 'Harbour Tutors', pd_org_id: 20, sales_person_id: 1 });
  });

  const contacts = async () => hermes.db('contact').orderBy('id').select('*');
  const only = async () => {
    const rows = await contacts();
    assert.equal(rows.length, 1);
    return rows[0];
  };
  const person = (data: Record<string, unknown>, options = {}) =>
    hermes.send({ entity: 'person', data: { id: 7, ...data }, ...options });
  const named = (...ids: unknown[]) => ({ [personKey]: { type: 'varchar', value: ids.join(', ') } });
  const linked = async (row: Record<string, unknown> = {}): Promise<number> => {
    const id = await hermes.insert('contact', {
      company_id: companyId,
      pd_person_id: 7,
      first_name: 'Nell',
      last_name: 'Harbour',
      email: nell,
      ...row,
    });
    await hermes.synced(companyId);
    return id;
  };

  it('PDP-01, PDP-16: a new person of a known organization becomes a contact; nothing is written to Pipedrive', async () => {
    await hermes.synced(companyId);
    const { result } = await person(
      {
        name: 'Nell van Harbour',
        org_id: 20,
        owner_id: 101,
        emails: [mail(nell)],
        phones: [mail('+441482960123')],
        custom_fields: { [personKey]: null },
      },
      { action: 'create' },
    );
    assert.equal(result.kind === 'done' && result.syncNeeded, false);
    const contact = await only();
    assert.deepEqual([contact.first_name, contact.last_name], ['Nell', 'van Harbour']);
    assert.deepEqual(
      [contact.email, contact.phone, contact.company_id, contact.pd_person_id],
      [nell, '+441482960123', companyId, 7],
    );
    assert.deepEqual(await hermes.plan(companyId), []);
  });

  it('a person who becomes a contact by a booking at the same moment is linked, not doubled', async () => {
    await hermes.synced(companyId);
    const booking = await hermes.db.transaction();
    await booking('company').where({ id: companyId }).forNoKeyUpdate().first('id');
    await booking('contact').insert({ company_id: companyId, last_name: 'Harbour', email: nell });
    const stored = person({ name: 'Nell Harbour', org_id: 20, emails: [mail(nell)] }, { action: 'create' });
    await untilLockIsAwaited(hermes.db);
    await booking.commit();
    await stored;
    assert.equal((await only()).pd_person_id, 7);
  });

  it('PDP-02, PDP-03: of several addresses and numbers the primary one', async () => {
    await person({
      name: 'Nell Harbour',
      org_id: 20,
      emails: [mail('old@harbour-tutors.example', false), mail(nell)],
      phones: [mail('+441482960000', false), mail('+441482960123')],
    });
    const contact = await only();
    assert.deepEqual([contact.email, contact.phone], [nell, '+441482960123']);
  });

  it('PDP-04, PDP-05: lists of text, and text', async () => {
    await person({
      name: 'Nell Harbour',
      org_id: 20,
      emails: [nell, 'other@harbour-tutors.example'],
      phones: '+441482960123',
    });
    const contact = await only();
    assert.deepEqual([contact.email, contact.phone], [nell, '+441482960123']);
    await person({ id: 8, name: 'Second', org_id: 20, email: ['second@harbour-tutors.example'], phone: '' });
    assert.equal((await contacts())[1].email, 'second@harbour-tutors.example');
  });

  it('PDP-08, PDP-24: without a name the name is kept', async () => {
    const id = await linked();
    await person({ org_id: 20, name: null, phones: [mail('+441482960123')] }, { previous: { phones: [] } });
    const contact = await hermes.contact(id);
    assert.deepEqual(
      [contact.first_name, contact.last_name, contact.phone],
      ['Nell', 'Harbour', '+441482960123'],
    );
  });

  it('PDP-09, PDP-19, PDP-22, PDP-14: names follow, found by the id in Pipedrive', async () => {
    const id = await linked();
    await person(
      { name: 'Eleanor Harbour-Wells', org_id: 20 },
      { previous: { name: 'Nell Harbour', emails: 'x' } },
    );
    const contact = await hermes.contact(id);
    assert.deepEqual(
      [contact.first_name, contact.last_name, contact.email],
      ['Eleanor', 'Harbour-Wells', nell],
    );
    assert.deepEqual(await hermes.plan(companyId), []);
  });

  it('PDP-11: the organization of another company moves the contact', async () => {
    const id = await linked();
    const other = await hermes.insert('company', { name: 'Lighthouse', pd_org_id: 21 });
    await person({ name: 'Nell Harbour', org_id: 21 });
    assert.equal((await hermes.contact(id)).company_id, other);
  });

  it('PDP-11, SYN-46: a person who was moved in Pipedrive is not written there once more', async () => {
    await linked();
    const other = await hermes.insert('company', { name: 'Lighthouse', pd_org_id: 21 });
    await hermes.synced(other);
    await person({ name: 'Nell Harbour', org_id: 21 }, { previous: { org_id: 20 } });
    assert.deepEqual(await hermes.plan(other), []);
  });

  it('PDP-12, PDP-28: without organization and ids nothing is made, a known contact is updated', async () => {
    assert.equal((await person({ name: 'Nell Harbour' })).row.outcome, 'ignored');
    assert.equal((await person({ name: 'Nell Harbour', org_id: null })).row.outcome, 'ignored');
    assert.deepEqual(await contacts(), []);
    const id = await linked();
    await person({ name: 'Nell Wells', org_id: null });
    assert.equal((await hermes.contact(id)).last_name, 'Wells');
  });

  it('PDP-13: an unknown hermes_id of an unlinked person gives one warning and nothing else', async () => {
    const { row } = await person({ name: 'Nell Harbour', org_id: 20, custom_fields: named(999) });
    assert.equal(row.outcome, 'ignored');
    assert.deepEqual(await contacts(), []);
    assert.equal(hermes.complaints.length, 1);
    assert.deepEqual(hermes.complaints[0], {
      ...hermes.complaints[0],
      level: 40,
      personId: 7,
      hermesIds: [999],
    });
  });

  it('PDP-15, PDM-43: a delete ends the link and marks the contact', async () => {
    const id = await linked();
    await hermes.send({ entity: 'person', action: 'delete', id: 7, previous: { id: 7 } });
    const contact = await hermes.contact(id);
    assert.deepEqual(
      [contact.pd_person_id, contact.is_deleted, contact.deleted_by],
      [null, true, 'pipedrive'],
    );
  });

  it('PDP-17: an unknown organization is read and stored first', async () => {
    hermes.pipedrive.seed({ organizations: [{ id: 30, name: 'Lighthouse', owner_id: 101 }] });
    await person({ name: 'Lee Light', org_id: 30, emails: [mail('lee@lighthouse.example')] });
    const company = await hermes.db('company').where({ pd_org_id: 30 }).first('*');
    assert.deepEqual([company.name, company.sales_person_id], ['Lighthouse', 1]);
    assert.equal((await only()).company_id, company.id);
    assert.equal(hermes.pipedrive.requests.entries.length, 1);
  });

  it('PDP-17: one that Pipedrive does not have, or that may not become a company, gives nothing', async () => {
    assert.equal((await person({ name: 'Lee Light', org_id: 30 })).row.outcome, 'ignored');
    await hermes.db('company').update({ narc: true });
    const key = hermes.pipedrive;
    key.seed({
      fields: {
        organization: [
          {
            field_name: 'hermes_id',
            field_type: 'varchar',
            field_code: Object.keys(custom({ hermes_id: 1 }))[0]!,
          },
        ],
      },
      organizations: [
        {
          id: 31,
          name: 'Copy',
          owner_id: 101,
          custom_fields: { [Object.keys(custom({ hermes_id: 1 }))[0]!]: String(companyId) },
        },
      ],
    });
    assert.equal((await person({ id: 8, name: 'Lee Light', org_id: 31 })).row.outcome, 'ignored');
    assert.deepEqual(await contacts(), []);
    assert.equal((await hermes.db('company').select('id')).length, 1);
  });

  it('PDP-17: the unknown owner of the organization parks the person', async () => {
    hermes.pipedrive.seed({ organizations: [{ id: 30, name: 'Lighthouse', owner_id: 100 }] });
    const { webhookId, row } = await person({ name: 'Lee Light', org_id: 30 });
    assert.deepEqual([row.outcome, row.waiting_for], ['parked', 'owner:100']);
    await hermes.db('admin').insert({ id: 9, pd_owner_id: 100, username: 'nine@acme.example' });
    assert.equal((await hermes.again(webhookId)).row.outcome, 'applied');
    assert.equal((await only()).last_name, 'Light');
  });

  it('PDP-17: an organization that another event stores at the same moment is taken', async () => {
    hermes.pipedrive.seed({ organizations: [{ id: 30, name: 'Lighthouse', owner_id: 100 }] });
    const { webhookId } = await person({ name: 'Lee Light', org_id: 30 });
    const other = await hermes.db.transaction();
    await other('remote_record').where({ entity: 'organization', remote_id: 30 }).update({ known: null });
    const [{ id }] = await other('company').insert({ name: 'Lighthouse', pd_org_id: 30 }).returning('id');
    const again = hermes.again(webhookId);
    await untilLockIsAwaited(hermes.db);
    await other.commit();
    assert.deepEqual([(await again).row.outcome, (await only()).company_id], ['applied', id]);
  });

  it('PDP-23: a change of an unknown person of a known organization makes a contact', async () => {
    await person({ name: 'Nell Harbour', org_id: 20 }, { previous: { name: 'N' } });
    assert.equal((await only()).pd_person_id, 7);
  });

  it('PDP-23: a change that is the first to be heard of brings all of the person, also while the company is being synced', async () => {
    await hermes.synced(companyId);
    await hermes.db('company').where({ id: companyId }).update({ wanted_version: 9 });
    await person({ name: 'Nell Harbour', org_id: 20, emails: [mail(nell)] }, { previous: { emails: [] } });
    const contact = await only();
    assert.deepEqual([contact.first_name, contact.last_name, contact.email], ['Nell', 'Harbour', nell]);
    assert.deepEqual(
      (await hermes.plan(companyId)).filter(({ call }) => call.endsWith('Person')),
      [],
    );
  });

  it('a contact of the company with the same address, who is nobody in Pipedrive yet, is adopted', async () => {
    const id = await hermes.insert('contact', {
      company_id: companyId,
      email: 'NELL@harbour-tutors.example',
      last_name: 'H',
    });
    await person({ name: 'Nell Harbour', org_id: 20, emails: [mail(nell)] });
    assert.deepEqual([(await only()).id, (await only()).pd_person_id], [id, 7]);
  });

  it('PDP-25, PDM-39, PDM-44: a deleted contact named by hermes_id stays deleted', async () => {
    const id = await hermes.insert('contact', { company_id: companyId, is_deleted: true, last_name: 'H' });
    assert.equal(
      (await person({ name: 'Nell Harbour', org_id: 20, custom_fields: named(id) })).row.outcome,
      'ignored',
    );
    const contact = await only();
    assert.deepEqual([contact.is_deleted, contact.pd_person_id], [true, null]);
    assert.deepEqual(
      (await hermes.plan(companyId)).filter(({ call }) => call === 'createPerson'),
      [],
    );
  });

  it('PDP-26, PDP-27: the link wins over hermes_id, known or unknown', async () => {
    const other = await hermes.insert('contact', { company_id: companyId, last_name: 'Other' });
    const id = await linked();
    await person({ name: 'Nell Wells', org_id: 20, custom_fields: named(999) });
    await person({ name: 'Nell Waters', org_id: 20, custom_fields: named(other) });
    assert.equal((await hermes.contact(id)).last_name, 'Waters');
    const left = await hermes.contact(other);
    assert.deepEqual([left.last_name, left.is_deleted], ['Other', false]);
    assert.equal(hermes.complaints.length, 0);
  });

  describe('merges', () => {
    for (const [name, order] of [
      ['PDM-02', (winner: number, loser: number) => [winner, loser]],
      ['PDM-34, PDM-42', (winner: number, loser: number) => [loser, winner]],
      ['PDM-37', (winner: number, loser: number) => [999, winner, loser]],
      ['PDM-41', (_winner: number, loser: number) => [999, loser]],
    ] as const) {
      it(`${name}: the linked contact wins, the other listed one ends`, async () => {
        const loser = await hermes.insert('contact', {
          company_id: companyId,
          pd_person_id: 8,
          last_name: 'Loser',
        });
        const winner = await linked();
        await person(
          { name: 'Nell Merged', org_id: 20, custom_fields: named(...order(winner, loser)) },
          { meta: { merged_from_id: '8' } },
        );
        const kept = await hermes.contact(winner);
        assert.deepEqual([kept.last_name, kept.pd_person_id, kept.is_deleted], ['Merged', 7, false]);
        const ended = await hermes.contact(loser);
        assert.deepEqual([ended.pd_person_id, ended.is_deleted, ended.deleted_by], [null, true, 'merge']);
        await hermes.send({
          entity: 'person',
          action: 'delete',
          id: 8,
          previous: { id: 8 },
          meta: { merged_to_id: '7' },
        });
        assert.equal((await hermes.contact(winner)).is_deleted, false);
      });
    }

    it('stacked addresses keep the primary one, and the list is known', async () => {
      const id = await linked();
      await person({
        name: 'Nell Harbour',
        org_id: 20,
        emails: [mail(nell), mail('other@harbour-tutors.example', false)],
      });
      assert.equal((await hermes.contact(id)).email, nell);
      assert.deepEqual(
        (await hermes.plan(companyId)).filter(({ call }) => call === 'updatePerson'),
        [],
      );
    });
  });

  it('our own create may be heard of before its answer', async () => {
    const id = await hermes.insert('contact', {
      company_id: companyId,
      first_name: 'Nell',
      last_name: 'Newer',
      email: nell,
    });
    await person(
      { name: 'Nell Sent', org_id: 20, emails: [mail(nell)], custom_fields: named(id) },
      { action: 'create', source: 'api' },
    );
    const contact = await only();
    assert.deepEqual([contact.pd_person_id, contact.last_name], [7, 'Newer']);
  });

  it('PDW-07: what does not parse as a person is listed as failed', async () => {
    const { row } = await person({ name: ['Nell'], org_id: 20 });
    assert.equal(row.outcome, 'failed');
    assert.doesNotMatch(row.reason ?? '', /Nell/);
  });
});
