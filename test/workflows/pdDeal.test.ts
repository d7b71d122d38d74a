import assert from 'node:assert/strict';
import { eventually } from '../support/hermes.ts';
import { custom, dealKeys, personKey, startPdHarness, type FieldName, type PdHarness } from './pdHarness.ts';

const nell = 'nell@harbour-tutors.example';

describe('Pipedrive deal events', () => {
  let hermes: PdHarness;
  let companyId: number;
  before(async () => {
    hermes = await startPdHarness();
  });
  after(() => hermes.stop());
  beforeEach(async () => {
    await hermes.reset();
    companyId = await hermes.insert('company', { name: 'Harbour Tutors', pd_org_id: 20, sales_person_id: 1 });
    await hermes.synced(companyId);
  });

  const fields = (values: Partial<Record<FieldName, unknown>>) => custom(values, dealKeys);
  const complete = {
    id: 9,
    title: 'Harbour Tutors',
    owner_id: 101,
    org_id: 20,
    pipeline_id: 1,
    stage_id: 11,
    status: 'open',
  };
  const deal = (data: Record<string, unknown> = {}, options = {}) =>
    hermes.send({ entity: 'deal', data: { ...complete, ...data }, ...options });
  const partial = (data: Record<string, unknown>, options = {}) =>
    hermes.send({ entity: 'deal', data: { id: 9, ...data }, ...options });
  const deals = async () => hermes.db('deal').orderBy('id').select('*');
  const only = async () => {
    const rows = await deals();
    assert.equal(rows.length, 1);
    return rows[0];
  };
  const linked = async (row: Record<string, unknown> = {}): Promise<number> => {
    const id = await hermes.insert('deal', {
      company_id: companyId,
      pd_deal_id: 9,
      name: 'Harbour Tutors',
      status: 'open',
      admin_id: 1,
      pipeline_id: 1,
      stage_id: 1,
      ...row,
    });
    await hermes.synced(companyId);
    return id;
  };

  it('where deals do not carry our ids, a create of ours is told from that of another integration', async () => {
    await hermes.db('pipedrive_field').where({ entity: 'deal', name: 'hermes_id' }).delete();
    const contactId = await hermes.insert('contact', { company_id: companyId, pd_person_id: 30 });
    const ours = await linked({ pd_deal_id: null, contact_id: contactId });
    await hermes.db('create_intent').insert({ entity: 'deal', record_id: ours });
    const create = { action: 'create', source: 'api' } as const;
    await deal({ id: 7, title: 'Renewal', person_id: 30 }, create);
    await deal({ id: 8 }, create);
    assert.equal((await hermes.deal(ours)).pd_deal_id, null);
    await deal({ person_id: 30 }, create);
    assert.deepEqual(
      (await deals()).map(({ id, pd_deal_id: remoteId }) => [id, remoteId]),
      [
        [ours, 9],
        [ours + 1, 7],
        [ours + 2, 8],
      ],
    );
    assert.deepEqual(await hermes.db('create_intent').select('*'), []);
  });

  it('PDD-25: a change that is the first to be heard of brings all of the deal, also while the company is being synced', async () => {
    await hermes.db('company').where({ id: companyId }).update({ wanted_version: 9 });
    const custom_fields = fields({ tc2_status: 'trial', utm_source: 'google' });
    await deal({ title: 'By hand', custom_fields }, { previous: { stage_id: 12 } });
    const made = await only();
    assert.deepEqual(
      [made.name, made.admin_id, made.tc2_status, made.utm_source],
      ['By hand', 1, 'trial', 'google'],
    );
    assert.deepEqual(
      (await hermes.plan(companyId)).filter(({ call }) => call.endsWith('Deal')),
      [],
    );
  });

  it('PDD-01, PDD-15, PDD-25: a deal that Hermes does not know is made; nothing is written to Pipedrive', async () => {
    for (const action of ['create', 'change'] as const) {
      await hermes.db('deal').delete();
      await hermes.db('remote_record').where({ entity: 'deal' }).delete();
      await hermes.synced(companyId);
      const { result } = await deal({}, { action });
      assert.equal(result.kind === 'done' && result.syncNeeded, true, 'TC2 is told of the stage');
      const made = await only();
      assert.deepEqual(
        [
          made.name,
          made.status,
          made.admin_id,
          made.company_id,
          made.pipeline_id,
          made.stage_id,
          made.pd_deal_id,
        ],
        ['Harbour Tutors', 'open', 1, companyId, 1, 1, 9],
      );
      assert.deepEqual(await hermes.plan(companyId), []);
    }
  });

  it('PDD-02, PDD-06: owner, organization and person become admin, company and contact', async () => {
    const id = await linked();
    const other = await hermes.insert('company', { name: 'Lighthouse', pd_org_id: 21 });
    const contact = await hermes.insert('contact', { company_id: other, pd_person_id: 7 });
    await partial({ owner_id: 102, org_id: 21, person_id: 7 });
    const changed = await hermes.deal(id);
    assert.deepEqual([changed.admin_id, changed.company_id, changed.contact_id], [2, other, contact]);
  });

  it('PDD-03, PDD-13, PDD-14: custom fields are copied to the deal, the company keeps its own', async () => {
    await deal({
      custom_fields: fields({
        tc2_status: 'trial',
        price_plan: 'startup',
        website: 'https://harbour-tutors.example',
        utm_source: 'google',
        utm_campaign: 'spring',
        paid_invoice_count: 5,
        support_person_id: 102,
        tc2_cligency_url: 'https://tc2.example/clients/70412/',
      }),
    });
    const made = await only();
    assert.deepEqual(
      [
        made.tc2_status,
        made.price_plan,
        made.website,
        made.utm_source,
        made.utm_campaign,
        made.paid_invoice_count,
        made.support_person_id,
        made.tc2_cligency_url,
      ],
      [
        'trial',
        'startup',
        'https://harbour-tutors.example',
        'google',
        'spring',
        5,
        2,
        'https://tc2.example/clients/70412/',
      ],
    );
    const company = await hermes.company(companyId);
    assert.deepEqual(
      [company.price_plan, company.website, company.tc2_status],
      ['payg', null, 'pending_email_conf'],
    );
  });

  it('PDD-05, PDD-23, PDD-11: a known deal is updated, not doubled', async () => {
    const id = await linked();
    for (const status of ['won', 'lost', 'open']) {
      await deal({ title: `now ${status}`, status }, { previous: { status: 'open', title: 7 } });
      assert.deepEqual(
        [(await hermes.deal(id)).name, (await hermes.deal(id)).status],
        [`now ${status}`, status],
      );
    }
    await only();
  });

  it('PDD-07: without any id nothing is made', async () => {
    const { readHead } = await import('../../domain/pipedriveWebhook/envelope.ts');
    assert.equal(readHead({ meta: { entity: 'deal', action: 'change' }, data: { title: 'x' } })?.type, null);
  });

  it('PDD-08: an unknown hermes_id of an unlinked deal', async () => {
    assert.equal((await deal({ custom_fields: fields({ hermes_id: '999' }) })).row.outcome, 'ignored');
    assert.deepEqual(await deals(), []);
  });

  it('PDD-09, PDD-26: null keeps, absent keeps', async () => {
    const id = await linked();
    await partial({ title: null, stage_id: 12 });
    const changed = await hermes.deal(id);
    assert.deepEqual(
      [changed.name, changed.stage_id, changed.company_id, changed.status],
      ['Harbour Tutors', 2, companyId, 'open'],
    );
    assert.deepEqual(await hermes.plan(companyId), []);
  });

  it('PDD-12: a delete', async () => {
    const id = await linked();
    await hermes.send({ entity: 'deal', action: 'delete', id: 9, previous: { ...complete } });
    const gone = await hermes.deal(id);
    assert.deepEqual([gone.status, gone.pd_deal_id], ['deleted', null]);
  });

  it('PDD-16: an unknown owner parks the deal until the admin exists', async () => {
    const { webhookId, row } = await deal({ owner_id: 777 });
    assert.deepEqual([row.outcome, row.waiting_for], ['parked', 'owner:777']);
    assert.deepEqual(await deals(), []);
    await hermes.db('admin').insert({ id: 7, pd_owner_id: 777, username: 'seven@acme.example' });
    assert.equal((await hermes.again(webhookId)).row.outcome, 'applied');
    assert.equal((await only()).admin_id, 7);
  });

  for (const [name, what, data] of [
    ['PDD-17', 'stage', { stage_id: 777 }],
    ['PDD-18', 'pipeline', { pipeline_id: 777 }],
  ] as const) {
    it(`${name}: a ${what} that Pipedrive does not have parks the deal until it is there`, async () => {
      const { webhookId, row } = await deal(data);
      assert.deepEqual([row.outcome, row.waiting_for], ['parked', `${what}:777`]);
      assert.deepEqual(await deals(), []);
      assert.equal((await hermes.again(webhookId)).row.outcome, 'parked');
      assert.equal(hermes.pipedrive.requests.entries.length, 1, 'it is asked for once');
      await hermes.db(what).insert({ [`pd_${what}_id`]: 777, name: 'Later' });
      assert.equal((await hermes.again(webhookId)).row.outcome, 'applied');
      await only();
    });
  }

  it('unknown pipeline and stage are read and stored first', async () => {
    await deal({ pipeline_id: 2, stage_id: 21 });
    const made = await only();
    const stage = await hermes.db('stage').where({ pd_stage_id: 21 }).first('*');
    const pipeline = await hermes.db('pipeline').where({ pd_pipeline_id: 2 }).first('*');
    assert.deepEqual([made.stage_id, made.pipeline_id], [stage.id, pipeline.id]);
    assert.deepEqual([pipeline.name, stage.name, stage.pipeline_id], ['Startup', 'New', pipeline.id]);
  });

  it('PDD-24: what is as it was changes nothing', async () => {
    await linked();
    const { row, result } = await deal({}, { previous: { ...complete } });
    assert.equal(row.outcome, 'unchanged');
    assert.equal(result.kind === 'done' && result.syncNeeded, false);
  });

  it('PDD-32: a deleted deal named by hermes_id stays deleted', async () => {
    const id = await hermes.insert('deal', { company_id: companyId, status: 'deleted' });
    assert.equal((await deal({ custom_fields: fields({ hermes_id: String(id) }) })).row.outcome, 'ignored');
    assert.deepEqual([(await only()).status, (await only()).pd_deal_id], ['deleted', null]);
  });

  it('PDD-33: the link wins over hermes_id', async () => {
    const id = await linked();
    const other = await hermes.insert('deal', { company_id: companyId, name: 'Other', status: 'open' });
    await deal({ title: 'Renamed', custom_fields: fields({ hermes_id: String(other) }) });
    assert.equal((await hermes.deal(id)).name, 'Renamed');
    assert.equal((await hermes.deal(other)).name, 'Other');
  });

  it('PDD-34: single values with commas, and a questionnaire written like a Python dict, are copied', async () => {
    const id = await linked();
    const questionnaire = "{'how-did-you-hear': 'a friend, online', 'tutors': '5, or more'}";
    await deal({
      custom_fields: fields({ utm_campaign: 'Winter, early', signup_questionnaire: questionnaire }),
    });
    const changed = await hermes.deal(id);
    assert.deepEqual([changed.utm_campaign, changed.signup_questionnaire], ['Winter, early', questionnaire]);
  });

  it('PDD-35: the organization may not become a company; once it is linked, the next change adds the deal', async () => {
    assert.equal((await deal({ org_id: 30 })).row.outcome, 'ignored');
    assert.deepEqual(await deals(), []);
    await hermes.db('company').where({ id: companyId }).update({ pd_org_id: 30 });
    await deal({ org_id: 30 });
    assert.equal((await only()).company_id, companyId);
  });

  it('PDD-35: any other unknown organization is read and stored first', async () => {
    hermes.pipedrive.seed({ organizations: [{ id: 30, name: 'Lighthouse', owner_id: 101 }] });
    await deal({ org_id: 30 });
    const company = await hermes.db('company').where({ pd_org_id: 30 }).first('*');
    assert.deepEqual([company.name, company.sales_person_id], ['Lighthouse', 1]);
    assert.equal((await only()).company_id, company.id);
  });

  describe("the deal's person", () => {
    const contacts = async () => hermes.db('contact').orderBy('id').select('*');
    const seed = (row: Record<string, unknown> = {}) =>
      hermes.pipedrive.seed({
        fields: { person: [{ field_name: 'hermes_id', field_type: 'varchar', field_code: personKey }] },
        persons: [
          {
            id: 7,
            name: 'Nell Harbour',
            org_id: 20,
            emails: [{ value: nell, primary: true, label: 'work' }],
            ...row,
          },
        ],
      });
    beforeEach(() =>
      hermes.pipedrive.seed({ organizations: [{ id: 20, name: 'Harbour Tutors', owner_id: 101 }] }),
    );

    it('PDD-19: one that Pipedrive does not have leaves the deal without a contact', async () => {
      const { row } = await deal({ person_id: 7 });
      assert.equal(row.outcome, 'applied');
      assert.equal((await only()).contact_id, null);
    });

    it('PDP-28: is read, becomes a contact, and is set on the deal', async () => {
      seed();
      await deal({ person_id: 7 });
      const [contact] = await contacts();
      assert.deepEqual(
        [contact.first_name, contact.last_name, contact.email, contact.company_id, contact.pd_person_id],
        ['Nell', 'Harbour', nell, companyId, 7],
      );
      assert.equal((await only()).contact_id, contact.id);
      assert.equal(hermes.pipedrive.requests.entries.length, 1);
    });

    it('PDP-28: is linked without a read when the contact is known', async () => {
      const id = await hermes.insert('contact', { company_id: companyId, pd_person_id: 7 });
      await deal({ person_id: 7 });
      assert.equal((await only()).contact_id, id);
      assert.equal(hermes.pipedrive.requests.entries.length, 0);
    });

    it('PDP-28: a person who becomes a contact while being read keeps what the own event said', async () => {
      const read = { value: 'newer@harbour-tutors.example', label: 'work', primary: true };
      hermes.pipedrive.seed({ persons: [{ id: 7, name: 'Nell Harbour', org_id: 20, emails: [read] }] });
      hermes.pipedrive.faults.add({ kind: 'latency', method: 'GET', path: '/api/v2/persons', delayMs: 500 });
      const sent = deal({ person_id: 7 });
      const reading = hermes.db('webhook').where({ waiting_for: 'person:7' });
      await eventually('the person is being read', async () => (await reading.clone()).length > 0);
      const contactId = await hermes.insert('contact', {
        company_id: companyId,
        pd_person_id: 7,
        first_name: 'Nell',
        last_name: 'Harbour',
        email: nell,
      });
      await hermes.synced(companyId);
      await sent;
      assert.equal((await only()).contact_id, contactId);
      assert.deepEqual(
        (await hermes.plan(companyId)).filter(({ call }) => call.endsWith('Person')),
        [],
      );
    });

    it('PDP-28: a failed read leaves the deal and logs one error', async () => {
      hermes.pipedrive.faults.add({
        kind: 'status',
        method: 'GET',
        path: '/api/v2/persons/7',
        status: 403,
        body: { success: false, error: 'Forbidden', code: 'ERR_FORBIDDEN' },
      });
      seed();
      const { row } = await deal({ person_id: 7 });
      assert.equal(row.outcome, 'applied');
      assert.equal((await only()).contact_id, null);
      assert.deepEqual(
        hermes.complaints.map(({ level }) => level),
        [50],
      );
    });

    for (const [name, row] of [
      ['without an e-mail address', { emails: [] }],
      ['with a hermes_id', { custom_fields: { [personKey]: '55' } }],
    ] as const) {
      it(`PDP-28: a person ${name} is not added`, async () => {
        seed(row);
        await deal({ person_id: 7 });
        assert.deepEqual(await contacts(), []);
        assert.equal((await only()).contact_id, null);
      });
    }

    for (const [name, patch] of [
      ['deleted', { is_deleted: true }],
      ['NARC', { narc: true }],
      ['of an unknown plan', { price_plan: 'golden' }],
    ] as const) {
      it(`PDP-28: nobody is added to a company that is ${name}`, async () => {
        seed();
        await hermes.db('company').update(patch);
        await deal({ person_id: 7 });
        assert.deepEqual(await contacts(), []);
        assert.equal(hermes.pipedrive.requests.entries.length, 0);
      });
    }

    it("PDP-28: the address of another company's contact, or of a deleted one, blocks", async () => {
      seed();
      const other = await hermes.insert('company', { name: 'Lighthouse' });
      for (const holder of [{ company_id: other }, { company_id: companyId, is_deleted: true }]) {
        await hermes.db('contact').delete();
        await hermes.db('deal').delete();
        await hermes.db('remote_record').delete();
        await hermes.insert('contact', { email: nell.toUpperCase(), ...holder });
        await deal({ person_id: 7 });
        assert.equal((await contacts()).length, 1);
        assert.equal((await only()).contact_id, null);
      }
    });

    it('PDP-28: a contact of the company without a person is adopted', async () => {
      seed();
      const id = await hermes.insert('contact', { company_id: companyId, email: nell, last_name: 'H' });
      await deal({ person_id: 7 });
      const [contact] = await contacts();
      assert.deepEqual([contact.id, contact.pd_person_id], [id, 7]);
      assert.equal((await only()).contact_id, id);
    });
  });

  describe('merges', () => {
    it('PDM-03, PDM-09, PDM-32: the linked deal is updated, joined values are not copied, the other is untouched', async () => {
      const winner = await linked({ website: 'https://a.example' });
      const loser = await hermes.insert('deal', {
        company_id: companyId,
        pd_deal_id: 10,
        name: 'Loser',
        status: 'open',
      });
      await deal(
        {
          title: 'Merged',
          status: 'won',
          custom_fields: fields({
            hermes_id: `${loser}, ${winner}`,
            website: 'https://a.example, https://b.example',
            price_plan: 'payg, startup',
            utm_source: 'google, bing',
            paid_invoice_count: '50, 35',
          }),
        },
        { meta: { merged_from_id: '10' } },
      );
      const kept = await hermes.deal(winner);
      assert.deepEqual(
        [kept.name, kept.status, kept.website, kept.price_plan, kept.utm_source, kept.paid_invoice_count],
        ['Merged', 'won', 'https://a.example', null, null, 0],
      );
      const other = await hermes.deal(loser);
      assert.deepEqual([other.name, other.status, other.pd_deal_id], ['Loser', 'open', 10]);
      await hermes.send({
        entity: 'deal',
        action: 'delete',
        id: 10,
        previous: { id: 10 },
        meta: { merged_to_id: '9' },
      });
      assert.deepEqual(
        [(await hermes.deal(loser)).status, (await hermes.deal(winner)).status],
        ['deleted', 'won'],
      );
    });
  });

  describe('status', () => {
    it('a deal that Hermes closed and has not yet closed in Pipedrive is not opened again by an older picture', async () => {
      const id = await linked();
      await hermes.db('deal').where({ id }).update({ status: 'lost' });
      await deal({ title: 'Renamed', status: 'open' });
      assert.deepEqual([(await hermes.deal(id)).status, (await hermes.deal(id)).name], ['lost', 'Renamed']);
      assert.deepEqual(
        (await hermes.plan(companyId)).map(({ call, fields: names }) => [call, names]),
        [['updateDeal', ['status']]],
      );
    });

    it('a deal that was closed in Pipedrive is closed, also when an answer has told of it before', async () => {
      const id = await linked();
      await hermes
        .db('remote_record')
        .where({ entity: 'deal' })
        .update({ known: hermes.db.raw(`known || '{"status": "won"}'`) });
      await deal({ status: 'won' });
      assert.equal((await hermes.deal(id)).status, 'won');
    });

    it('NARC-07: a deal that sales staff won in the moment in which Hermes closed it is what it became in Pipedrive', async () => {
      const id = await linked({ status: 'lost' });
      const at = (seconds: number): string => new Date(Date.now() - 10_000 + seconds * 1000).toISOString();
      const written = JSON.stringify([{ at: at(1), fields: { status: 'lost' } }]);
      await hermes.db('remote_record').where({ entity: 'deal' }).update({ recent_writes: written });
      await deal({ status: 'won' }, { previous: { status: 'open' }, at: at(0) });
      assert.equal((await hermes.deal(id)).status, 'won');
      await deal({ status: 'lost' }, { previous: { status: 'won' }, at: at(1), source: 'api' });
      assert.equal((await hermes.deal(id)).status, 'lost');
      assert.deepEqual(await hermes.plan(companyId), []);
    });
  });

  it('our own create may be heard of before its answer', async () => {
    const id = await hermes.insert('deal', {
      company_id: companyId,
      name: 'Newer',
      status: 'open',
      pipeline_id: 1,
      stage_id: 1,
      admin_id: 1,
    });
    const { row } = await deal(
      { title: 'Sent', custom_fields: fields({ hermes_id: String(id) }) },
      { action: 'create', source: 'api' },
    );
    assert.equal(row.outcome, 'applied');
    assert.deepEqual([(await only()).name, (await only()).pd_deal_id], ['Newer', 9]);
  });

  it('PDW-07: what does not parse as a deal is listed as failed', async () => {
    for (const data of [{ title: {} }, { org_id: 'none' }, { stage_id: -1 }]) {
      assert.equal((await deal(data)).row.outcome, 'failed');
    }
  });
});
