import assert from 'node:assert/strict';
import { custom, keys, startPdHarness, type PdHarness } from './pdHarness.ts';

const name = 'Harbour Tutors';

describe('Pipedrive organization events', () => {
  let hermes: PdHarness;
  before(async () => {
    hermes = await startPdHarness();
  });
  after(() => hermes.stop());
  beforeEach(() => hermes.reset());

  /** A company that is linked and in step with its organization. */
  const linked = async (row: Record<string, unknown> = {}): Promise<number> => {
    const id = await hermes.insert('company', { name, pd_org_id: 20, sales_person_id: 1, ...row });
    await hermes.synced(id);
    return id;
  };
  const change = (data: Record<string, unknown>, options = {}) =>
    hermes.send({ data: { id: 20, ...data }, ...options });
  const companies = async () => hermes.db('company').orderBy('id').select('*');

  it('PDO-01, PDO-03, PDO-06: name, count and mapped fields follow a change, and nothing is written back', async () => {
    const id = await linked();
    const { result } = await change({
      name: 'Harbour Tutoring',
      owner_id: 101,
      custom_fields: custom({
        hermes_id: String(id),
        paid_invoice_count: 10,
        tc2_status: 'active',
        website: 'https://harbour-tutors.example',
      }),
    });
    assert.equal(result.kind === 'done' && result.outcome, 'applied');
    assert.equal(result.kind === 'done' && result.syncNeeded, true, 'TC2 is told');
    const company = await hermes.company(id);
    assert.equal(company.name, 'Harbour Tutoring');
    assert.equal(company.paid_invoice_count, 10);
    assert.equal(company.tc2_status, 'active');
    assert.equal(company.website, 'https://harbour-tutors.example');
    assert.deepEqual(await hermes.plan(id), []);
    const audit = await hermes.db('field_change').select('source', 'changes');
    assert.equal(audit.length, 1);
    assert.equal(audit[0].source, 'pipedrive');
    assert.deepEqual(audit[0].changes.name, { before: name, after: 'Harbour Tutoring' });
  });

  it('PDO-13, PDO-17, PDO-18: a partial payload without hermes_id changes what it holds', async () => {
    const id = await linked({ website: 'https://harbour-tutors.example', paid_invoice_count: 3 });
    await change({ name: 'Harbour' });
    const company = await hermes.company(id);
    assert.equal(company.name, 'Harbour');
    assert.equal(company.website, 'https://harbour-tutors.example');
    assert.equal(company.paid_invoice_count, 3);
    assert.equal(company.sales_person_id, 1);
    assert.deepEqual(await hermes.plan(id), []);
  });

  it('PDO-02: `previous` does no harm', async () => {
    const id = await linked();
    for (const previous of [{ name: 'Harbor' }, {}, 'nonsense', [1], { custom_fields: 7 }]) {
      const { row } = await change({ name: `${name} Ltd` }, { previous });
      assert.notEqual(row.outcome, 'failed');
    }
    assert.equal((await hermes.company(id)).name, `${name} Ltd`);
  });

  it('PDO-04, PDO-05, PDO-16, PDO-33: an organization that only Pipedrive knows becomes a company, and gets its hermes_id', async () => {
    for (const [action, orgId] of [
      ['create', 20],
      ['change', 21],
    ] as const) {
      const { result } = await hermes.send({
        action,
        data: {
          id: orgId,
          name,
          owner_id: 101,
          address: { value: 'GB', country: 'GB' },
          custom_fields: custom({
            hermes_id: null,
            support_person_id: 102,
            bdr_person_id: 103,
            paid_invoice_count: '5',
            website: 'https://harbour-tutors.example',
            pay0_dt: null,
          }),
        },
      });
      assert.equal(result.kind === 'done' && result.syncNeeded, true);
    }
    const rows = await companies();
    assert.equal(rows.length, 2);
    for (const row of rows) {
      assert.equal(row.name, name);
      assert.deepEqual([row.sales_person_id, row.support_person_id, row.bdr_person_id], [1, 2, 3]);
      assert.equal(row.paid_invoice_count, 5);
      assert.equal(row.website, 'https://harbour-tutors.example');
      assert.equal(row.country, 'GB');
      assert.deepEqual(await hermes.plan(row.id), [
        { call: 'updateOrganization', recordId: row.id, fields: [`custom_fields.${keys.hermes_id}`] },
      ]);
    }
  });

  it('PDO-08, PDO-35, PDM-11: ids that lead nowhere', async () => {
    for (const value of ['999', '998, 999']) {
      const { row } = await change({ name, owner_id: 101, custom_fields: custom({ hermes_id: value }) });
      assert.equal(row.outcome, 'ignored');
    }
    assert.deepEqual(await companies(), []);
    await change({ name, owner_id: 101, custom_fields: custom({ hermes_id: 'invalid,format,not,numbers' }) });
    assert.equal((await companies()).length, 1, 'what is no id names nobody');
  });

  it('PDO-10: an unknown owner of a new organization parks the event until the admin exists', async () => {
    const { webhookId, result, row } = await change({ name, owner_id: 777 });
    assert.deepEqual([result.kind, row.outcome, row.waiting_for], ['parked', 'parked', 'owner:777']);
    assert.deepEqual(await companies(), []);
    await hermes.db('admin').insert({ id: 7, pd_owner_id: 777, username: 'seven@acme.example' });
    const woken = await hermes.again(webhookId);
    assert.deepEqual([woken.row.outcome, woken.row.waiting_for], ['applied', null]);
    assert.equal((await companies())[0].sales_person_id, 7);
  });

  it('an unknown owner of a known organization: the rest is applied, the owner is waited for', async () => {
    const id = await linked();
    const { webhookId, row } = await change({ name: 'Harbour', owner_id: 777 });
    assert.deepEqual([row.outcome, row.waiting_for], ['parked', 'owner:777']);
    assert.equal((await hermes.company(id)).name, 'Harbour');
    assert.equal((await hermes.company(id)).sales_person_id, 1);
    assert.deepEqual(await hermes.plan(id), [], 'the owner in Pipedrive is not overwritten');
    await hermes.db('admin').insert({ id: 7, pd_owner_id: 777, username: 'seven@acme.example' });
    assert.equal((await hermes.again(webhookId)).row.outcome, 'applied');
    assert.equal((await hermes.company(id)).sales_person_id, 7);
  });

  it('PDO-11: works without any mapped field', async () => {
    await hermes.db('pipedrive_field').delete();
    await change({ name, owner_id: 101, custom_fields: { whatever: { type: 'varchar', value: 'x' } } });
    assert.equal((await companies())[0].name, name);
  });

  it('PDO-19, PDO-20, PDO-21, CF-16: dates are stored, and never overwritten by a null', async () => {
    const id = await linked();
    await change({ custom_fields: custom({ pay0_dt: '2026-11-01', card_saved_dt: '2026-11-02' }) });
    await change({ name: 'Harbour', custom_fields: custom({ pay0_dt: null, card_saved_dt: null }) });
    const company = await hermes.company(id);
    assert.equal(company.pay0_dt?.toISOString(), '2026-11-01T00:00:00.000Z');
    assert.equal(company.card_saved_dt?.toISOString(), '2026-11-02T00:00:00.000Z');
    assert.deepEqual(await hermes.plan(id), []);
  });

  it('a day that Pipedrive shows of a moment does not round the moment', async () => {
    const id = await linked({ pay0_dt: '2026-11-01T15:42:00Z' });
    const { row } = await change({ name, custom_fields: custom({ pay0_dt: '2026-11-01' }) });
    assert.equal(row.outcome, 'unchanged');
    assert.equal((await hermes.company(id)).pay0_dt?.toISOString(), '2026-11-01T15:42:00.000Z');
  });

  it('PDO-22, PDO-23, CF-13, CF-14: staff follow; an unknown user is left out', async () => {
    const id = await linked({ support_person_id: 1 });
    await change({
      owner_id: 102,
      name: 'Harbour',
      custom_fields: custom({ support_person_id: 999, bdr_person_id: 103 }),
    });
    const company = await hermes.company(id);
    assert.deepEqual([company.sales_person_id, company.support_person_id, company.bdr_person_id], [2, 1, 3]);
    assert.equal(company.name, 'Harbour');
    assert.deepEqual(await hermes.plan(id), []);
  });

  it('an owner who was there before replaces nobody, also where Hermes has none to name; a new owner does (PDO-23)', async () => {
    await hermes.db('admin').where({ id: 1 }).update({ pd_owner_id: null });
    const id = await linked({ sales_person_id: 1 });
    await hermes
      .db('remote_record')
      .where({ entity: 'organization', remote_id: 20 })
      .update({ known: JSON.stringify({ name: 'Typed in by hand' }) });
    await change({ name: 'Harbour Tutors', owner_id: 102 }, { previous: { name: 'Typed in by hand' } });
    assert.equal((await hermes.company(id)).sales_person_id, 1);
    await change({ name: 'Harbour Tutors', owner_id: 103 }, { previous: { owner_id: 102 } });
    assert.equal((await hermes.company(id)).sales_person_id, 3);
  });

  it('PDO-25: the link to the client is computed', async () => {
    const id = await linked({ tc2_cligency_id: 70412 });
    const { row } = await change({
      custom_fields: custom({ tc2_cligency_url: 'https://elsewhere.example/clients/1/' }),
    });
    assert.equal(row.outcome, 'unchanged');
    assert.equal((await hermes.company(id)).tc2_cligency_id, 70412);
  });

  it('PDO-25, PDO-33: a link to a client that Hermes does not know stays in Pipedrive', async () => {
    const link = custom({ tc2_cligency_url: 'https://elsewhere.example/clients/1/' });
    await change({ name, owner_id: 101, custom_fields: link });
    const [row] = await companies();
    const idOnly = [
      { call: 'updateOrganization', recordId: row.id, fields: [`custom_fields.${keys.hermes_id}`] },
    ];
    assert.deepEqual(await hermes.plan(row.id), idOnly);
    await change({ name: 'Renamed', owner_id: 101, custom_fields: link });
    assert.deepEqual(await hermes.plan(row.id), idOnly);
  });

  describe('deletion', () => {
    const remove = (options = {}) =>
      hermes.send({ action: 'delete', id: 20, previous: { id: 20, name }, ...options });

    it('PDO-26, PDO-30: a delete ends the link, a later change brings the company back', async () => {
      const id = await linked();
      await remove();
      const gone = await hermes.company(id);
      assert.deepEqual([gone.pd_org_id, gone.is_deleted, gone.deleted_by], [null, true, 'pipedrive']);
      assert.deepEqual(await hermes.plan(id), [], 'PDO-31, PDO-32');
      await change({ name: 'Harbour again', custom_fields: custom({ hermes_id: String(id) }) });
      const back = await hermes.company(id);
      assert.deepEqual([back.pd_org_id, back.is_deleted, back.name], [20, false, 'Harbour again']);
      assert.equal((await companies()).length, 1);
    });

    it('PDO-30: also when the change does not show its hermes_id', async () => {
      const id = await linked();
      await remove();
      await change({ name: 'Harbour again' });
      assert.deepEqual([(await hermes.company(id)).pd_org_id, (await companies()).length], [20, 1]);
    });

    it('a change that happened before the delete and comes after it changes nothing', async () => {
      const id = await linked();
      const at = new Date(Date.now() - 5000).toISOString();
      await remove();
      const { row } = await change({ name: 'late' }, { at });
      assert.equal(row.outcome, 'stale');
      assert.equal((await hermes.company(id)).is_deleted, true);
    });

    it('a delete that Hermes ordered only ends the link, whatever else was on its way', async () => {
      const id = await linked({ narc: true });
      await hermes.db('remote_record').where({ remote_id: 20 }).update({ deletion_ordered_at: new Date() });
      assert.equal((await change({ name: 'echo' }, { source: 'api' })).row.outcome, 'stale');
      await remove({ source: 'api' });
      const company = await hermes.company(id);
      assert.deepEqual([company.pd_org_id, company.is_deleted], [null, false]);
    });

    it('PDM-25: open deals without a deal in Pipedrive do not come back', async () => {
      const id = await linked();
      await hermes.db('deal').insert([
        { id: 1, company_id: id, status: 'open' },
        { id: 2, company_id: id, status: 'open', pd_deal_id: 9 },
        { id: 3, company_id: id, status: 'won' },
      ]);
      await remove();
      await change({ name, custom_fields: custom({ hermes_id: String(id) }) });
      assert.deepEqual(await hermes.db('deal').orderBy('id').pluck('status'), ['deleted', 'open', 'won']);
      await change({ name: 'live' });
      assert.deepEqual(await hermes.db('deal').orderBy('id').pluck('status'), ['deleted', 'open', 'won']);
    });
  });

  it('PDO-36: a company that is linked to another organization is left alone', async () => {
    const id = await linked();
    const { row } = await hermes.send({
      data: { id: 21, name: 'Copy', owner_id: 101, custom_fields: custom({ hermes_id: String(id) }) },
    });
    assert.equal(row.outcome, 'ignored');
    assert.deepEqual(
      (await companies()).map((one) => [one.pd_org_id, one.name]),
      [[20, name]],
    );
  });

  it('PDO-37, PDM-15: hermes_id names a company without an organization', async () => {
    for (const value of ['1', 1]) {
      await hermes.reset();
      const id = await hermes.insert('company', { name: 'Old', website: 'https://old.example' });
      await change({ name, custom_fields: { [keys.hermes_id]: { type: 'varchar', value } } });
      const company = await hermes.company(id);
      assert.deepEqual([company.pd_org_id, company.name, company.website], [20, name, 'https://old.example']);
      assert.deepEqual(
        (await hermes.plan(id)).map(({ call }) => call),
        ['readOrganization'],
      );
    }
  });

  it('PDO-38: a NARC company is never linked', async () => {
    for (const is_deleted of [true, false]) {
      const id = await hermes.insert('company', { name, narc: true, is_deleted });
      const { row } = await change({ name, owner_id: 101, custom_fields: custom({ hermes_id: String(id) }) });
      assert.equal(row.outcome, 'ignored');
      assert.equal((await hermes.company(id)).pd_org_id, null);
    }
  });

  describe('merges', () => {
    const joined = custom({
      hermes_id: '1, 2',
      price_plan: 'payg, startup',
      tc2_status: 'trial, active',
      website: 'https://a.example, https://b.example',
      utm_source: 'google, facebook',
      utm_campaign: 'spring, autumn',
      estimated_income: '1000, 2000',
      signup_questionnaire: '{"a": "b"}, {"c": "d"}',
      paid_invoice_count: '50, 35, 41',
      gclid: 'Abc, Def',
    });
    const untouched = {
      price_plan: 'payg',
      tc2_status: 'pending_email_conf',
      website: null,
      utm_source: null,
      utm_campaign: null,
      estimated_income: null,
      signup_questionnaire: null,
      paid_invoice_count: 0,
      gclid: null,
    };
    const valuesOf = (company: object) => {
      const values = company as Record<string, unknown>;
      return Object.fromEntries(Object.keys(untouched).map((column) => [column, values[column]]));
    };

    it('PDM-01, PDM-21, PDM-26, PDM-29, PDM-07: the linked company wins, joined values are not copied, the single id is written', async () => {
      const winner = await linked();
      const loser = await hermes.insert('company', { name: 'Loser', pd_org_id: 21 });
      const { row } = await change(
        { name: 'Merged', custom_fields: joined },
        { meta: { merged_from_id: '21' } },
      );
      assert.equal(row.outcome, 'applied');
      const company = await hermes.company(winner);
      assert.equal(company.name, 'Merged');
      assert.deepEqual(valuesOf(company), untouched);
      const other = await hermes.company(loser);
      assert.deepEqual([other.pd_org_id, other.is_deleted, other.name], [21, false, 'Loser']);
      assert.deepEqual(await hermes.plan(winner), [
        { call: 'updateOrganization', recordId: winner, fields: [`custom_fields.${keys.hermes_id}`] },
      ]);
    });

    it('PDM-06: the same again changes nothing more', async () => {
      const id = await linked();
      const merge = { name: 'Merged', custom_fields: joined };
      await change(merge);
      const before = await hermes.company(id);
      const again = await change(merge);
      assert.equal(again.row.outcome, 'unchanged');
      const { result } = again;
      assert.equal(result.kind === 'done' && result.syncNeeded, true, 'the single id is still to be written');
      assert.deepEqual(
        { ...(await hermes.company(id)), wanted_version: 0, wanted_at: 0 },
        { ...before, wanted_version: 0, wanted_at: 0 },
      );
    });

    it('PDM-27: joined values are not copied either when hermes_id is single already', async () => {
      const id = await linked();
      await change({ name: 'Merged', custom_fields: { ...joined, ...custom({ hermes_id: '1' }) } });
      assert.deepEqual(valuesOf(await hermes.company(id)), untouched);
    });

    it('PDM-28: a single value that contains commas is copied', async () => {
      const id = await linked();
      await change({
        custom_fields: custom({
          hermes_id: '1',
          utm_campaign: 'Winter, early, sale',
          signup_questionnaire: "{'how': 'a, b', 'n': 'x'}",
        }),
      });
      const company = await hermes.company(id);
      assert.equal(company.utm_campaign, 'Winter, early, sale');
      assert.equal(company.signup_questionnaire, "{'how': 'a, b', 'n': 'x'}");
    });

    it('PDM-31: a new organization with joined values becomes a company with defaults', async () => {
      await change({ name, owner_id: 101, custom_fields: { ...joined, [keys.hermes_id]: null } });
      const [company] = await companies();
      assert.deepEqual(valuesOf(company), untouched);
    });

    it('PDM-22: nobody is linked and the first listed one is deleted: it is brought back', async () => {
      await hermes.insert('company', { name: 'One', is_deleted: true });
      await hermes.insert('company', { name: 'Two' });
      await change({ name: 'Merged', custom_fields: joined });
      const rows = await companies();
      assert.deepEqual(
        rows.map((row) => [row.name, row.pd_org_id, row.is_deleted]),
        [
          ['Merged', 20, false],
          ['Two', null, false],
        ],
      );
    });

    it('PDM-23: of several, the one with a client in TC2 is linked and brought back', async () => {
      await hermes.insert('company', { name: 'One' });
      await hermes.insert('company', { name: 'Two', is_deleted: true, tc2_cligency_id: 70412 });
      await change({ name: 'Merged', custom_fields: joined });
      const rows = await companies();
      assert.deepEqual(
        rows.map((row) => [row.name, row.pd_org_id, row.is_deleted]),
        [
          ['One', null, false],
          ['Merged', 20, false],
        ],
      );
    });

    it('PDM-24, SYN-71: while that one is linked to the merged-away organization nobody is; its delete links it', async () => {
      await hermes.insert('company', { name: 'One' });
      const two = await hermes.insert('company', { name: 'Two', tc2_cligency_id: 70412, pd_org_id: 21 });
      const { row } = await change(
        { name: 'Merged', custom_fields: joined },
        { meta: { merged_from_id: '21' } },
      );
      assert.equal(row.outcome, 'ignored');
      assert.deepEqual(
        (await companies()).map((one) => one.pd_org_id),
        [null, 21],
      );
      await hermes.send({ action: 'delete', id: 21, previous: { id: 21 }, meta: { merged_to_id: '20' } });
      const company = await hermes.company(two);
      assert.deepEqual([company.pd_org_id, company.is_deleted], [20, false]);
    });

    it('PDM-05: the loser is not made anew', async () => {
      const loser = await hermes.insert('company', { name: 'Loser', pd_org_id: 21, tc2_cligency_id: 70412 });
      await linked();
      await hermes.send({ action: 'delete', id: 21, previous: { id: 21 }, meta: { merged_to_id: '20' } });
      assert.equal((await hermes.company(loser)).is_deleted, true);
      assert.deepEqual(await hermes.plan(loser), []);
    });
  });

  describe('custom fields', () => {
    const key = 'cc01'.padEnd(40, '0');
    const field = (row: Record<string, unknown>) =>
      hermes.insert('custom_field', {
        machine_name: 'utm_medium',
        name: 'x',
        entity: 'organization',
        type: 'text',
        pipedrive_key: key,
        ...row,
      });
    const values = async () => hermes.db('custom_field_value').select('company_id', 'value');

    it('CF-01: a bound field sets its column', async () => {
      await hermes.db('pipedrive_field').where({ name: 'website' }).delete();
      await field({ hermes_column: 'website' });
      const id = await linked();
      await change({ custom_fields: { [key]: { type: 'varchar', value: 'https://new.example' } } });
      assert.equal((await hermes.company(id)).website, 'https://new.example');
      assert.deepEqual(await values(), []);
    });

    it('CF-02, CF-05, CF-10, CF-11, CF-18, CF-22: an unbound field has one value, which follows', async () => {
      await field({});
      const company_id = await linked();
      for (const value of ['cpc', 'organic']) {
        await change({ custom_fields: { [key]: { type: 'varchar', value } } });
        assert.deepEqual(await values(), [{ company_id, value }]);
      }
      await change({ name: 'x', custom_fields: { [key]: null } });
      assert.equal((await values()).length, 1, 'a null says nothing');
    });

    it('CF-03, CF-04, CF-07: null, absent and unexpected shapes', async () => {
      await field({ hermes_column: 'website' });
      await linked();
      for (const custom_fields of [
        { [key]: null },
        {},
        { [key]: { type: 'varchar' } },
        { unknown: [[{}]] },
        'none',
        null,
      ]) {
        assert.notEqual((await change({ name, custom_fields })).row.outcome, 'failed');
      }
    });

    it('an option of Pipedrive is stored by its label', async () => {
      await field({ type: 'enum' });
      await hermes.db('pipedrive_field_definition').insert({
        entity: 'organization',
        pipedrive_key: key,
        name: 'x',
        field_type: 'enum',
        options: JSON.stringify([{ id: 5, label: 'Cold call' }]),
      });
      const company_id = await linked();
      await change({ custom_fields: { [key]: { type: 'enum', id: 5 } } });
      assert.deepEqual(await values(), [{ company_id, value: 'Cold call' }]);
      assert.deepEqual(await hermes.plan(company_id), []);
    });
  });

  describe('echoes', () => {
    const wrote = async (fields: Record<string, unknown>): Promise<void> => {
      const row = await hermes.db('remote_record').where({ entity: 'organization', remote_id: 20 }).first();
      await hermes
        .db('remote_record')
        .where({ entity: 'organization', remote_id: 20 })
        .update({
          recent_writes: JSON.stringify([...row.recent_writes, { at: new Date().toISOString(), fields }]),
        });
    };
    const knows = (fields: Record<string, unknown>) =>
      hermes
        .db('remote_record')
        .where({ remote_id: 20 })
        .update({ known: hermes.db.raw('known || ?::jsonb', [JSON.stringify(fields)]) });
    const echo = (data: Record<string, unknown>) => change(data, { source: 'api' });

    it('our own write changes nothing, before our call has returned, after it, and twice', async () => {
      const id = await linked();
      await hermes.db('company').where({ id }).update({ name: 'Written', wanted_version: 5 });
      await wrote({ name: 'Written' });
      const early = await echo({ name: 'Written' });
      assert.equal(early.row.outcome, 'unchanged');
      await knows({ name: 'Written' });
      assert.equal((await echo({ name: 'Written' })).row.outcome, 'unchanged');
      assert.equal((await hermes.company(id)).wanted_version, 5);
      assert.deepEqual(await hermes.plan(id), []);
    });

    it('an echo that comes after a newer change of Hermes does not bring the old value back', async () => {
      const id = await linked();
      await wrote({ name: 'First' });
      await wrote({ name: 'Second' });
      await hermes.db('company').where({ id }).update({ name: 'Third', wanted_version: 7 });
      await knows({ name: 'Second' });
      assert.equal((await echo({ name: 'First' })).row.outcome, 'unchanged');
      assert.equal((await hermes.company(id)).name, 'Third');
      const [step] = await hermes.plan(id);
      assert.deepEqual(step, { call: 'updateOrganization', recordId: id, fields: ['name'] });
    });

    it('a write of ours that undid an edit which Hermes has taken over is followed by another', async () => {
      const id = await linked({ name: 'Ours' });
      await wrote({ name: 'Ours' });
      await change({ name: 'Theirs' }, { previous: { name: 'Harbour Tutors' } });
      await hermes.synced(id);
      const { row, result } = await echo({ name: 'Ours' });
      assert.ok(result.kind === 'done');
      assert.deepEqual([row.outcome, result.syncNeeded], ['unchanged', true]);
      assert.equal((await hermes.company(id)).name, 'Theirs');
      const [step] = await hermes.plan(id);
      assert.deepEqual(step, { call: 'updateOrganization', recordId: id, fields: ['name'] });

      await wrote({ name: 'Theirs' });
      await hermes.synced(id);
      const again = await echo({ name: 'Theirs' });
      assert.equal(again.result.kind === 'done' && again.result.syncNeeded, false);
    });

    it('RL-16: an echo asks for no sync while one is on its way, only when that got lost', async () => {
      const id = await linked({ name: 'First' });
      await wrote({ name: 'First' });
      await hermes.db('company').where({ id }).update({ wanted_version: 7, wanted_at: hermes.db.fn.now() });
      const asks = async () => {
        const { result } = await echo({ name: 'First' });
        return result.kind === 'done' && result.outcome === 'unchanged' && result.syncNeeded;
      };
      assert.equal(await asks(), false);
      const renamed = await change({ name: 'Renamed' });
      assert.equal(renamed.result.kind === 'done' && renamed.result.syncNeeded, true);
      await hermes.db('company').where({ id }).update({ name: 'First', wanted_at: '2026-01-01T00:00:00Z' });
      assert.equal(await asks(), true);
    });

    it('another integration that sets what we wrote long ago is heard', async () => {
      const id = await linked();
      const row = { at: '2026-01-01T00:00:00Z', fields: { name: 'First' } };
      await hermes
        .db('remote_record')
        .where({ remote_id: 20 })
        .update({ recent_writes: JSON.stringify([row]) });
      assert.equal((await echo({ name: 'First' })).row.outcome, 'applied');
      assert.equal((await hermes.company(id)).name, 'First');
    });

    it('a person who sets an old value of ours again is heard', async () => {
      const id = await linked();
      await wrote({ name: 'First' });
      await wrote({ name: 'Second' });
      await hermes.db('company').where({ id }).update({ name: 'Second' });
      await knows({ name: 'Second' });
      assert.equal((await change({ name: 'First' })).row.outcome, 'applied');
      assert.equal((await hermes.company(id)).name, 'First');
    });

    it('what Hermes has changed and not sent yet is not undone by an event that shows the old value', async () => {
      const id = await linked({ tc2_status: 'trial' });
      await hermes.db('company').where({ id }).update({ tc2_status: 'active', wanted_version: 5 });
      await change({ name: 'Renamed', custom_fields: custom({ tc2_status: 'trial' }) });
      const company = await hermes.company(id);
      assert.deepEqual([company.name, company.tc2_status], ['Renamed', 'active']);
      const [step] = await hermes.plan(id);
      assert.deepEqual(step?.fields, [`custom_fields.${keys.tc2_status}`]);
    });

    it('our own create may be heard of before its answer', async () => {
      const id = await hermes.insert('company', { name: 'Newer name', wanted_version: 3 });
      await hermes.db('create_intent').insert({ entity: 'organization', record_id: id });
      await hermes.send({
        action: 'create',
        source: 'api',
        data: { id: 20, name: 'Sent name', owner_id: 101, custom_fields: custom({ hermes_id: String(id) }) },
      });
      const company = await hermes.company(id);
      assert.deepEqual([company.pd_org_id, company.name, company.sales_person_id], [20, 'Newer name', null]);
      assert.equal((await companies()).length, 1);
      assert.deepEqual(await hermes.db('create_intent').select('*'), []);
    });
  });

  describe('order', () => {
    const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();

    it('an older event never overwrites newer data', async () => {
      const id = await linked();
      await change({ name: 'Newer' }, { at: ago(10) });
      assert.equal((await change({ name: 'Older' }, { at: ago(60) })).row.outcome, 'stale');
      assert.equal((await hermes.company(id)).name, 'Newer');
    });

    it('an attempt that is repeated after its commit asks for the sync again, also when something newer was applied', async () => {
      const id = await linked();
      const { webhookId } = await change({ name: 'Harbour' }, { at: ago(10) });
      await change({ name: 'Harbour' }, { at: ago(5) });
      const { result, row } = await hermes.again(webhookId);
      assert.ok(result.kind === 'done');
      assert.deepEqual([row.outcome, result.syncNeeded, result.companyId], ['applied', true, id]);
    });

    it('one that is older by more than 20 minutes is read anew', async () => {
      const id = await linked();
      hermes.pipedrive.seed({ organizations: [{ id: 20, name: 'As it is', owner_id: 101 }] });
      await change({ name: 'Newer' }, { at: ago(10) });
      const { row } = await change({ name: 'Older' }, { at: ago(2000) });
      assert.equal(row.outcome, 'applied');
      assert.equal((await hermes.company(id)).name, 'As it is');
    });

    it('what is read and gone is a delete', async () => {
      const id = await linked();
      await change({ name: 'Newer' }, { at: ago(10) });
      await change({ name: 'Older' }, { at: ago(2000) });
      assert.equal((await hermes.company(id)).is_deleted, true);
    });

    it('an event from the future cannot mute the organization', async () => {
      const id = await linked();
      await change({ name: 'From the future' }, { at: '2036-01-01T00:00:00Z' });
      await change({ name: 'Now' });
      assert.equal((await hermes.company(id)).name, 'Now');
    });
  });

  it('PDW-07: what does not parse as an organization is listed as failed, once for the same content', async () => {
    for (const data of [
      { id: 20, name: { first: 'x' } },
      { id: 20, owner_id: 'nobody' },
    ]) {
      const { result, row } = await hermes.send({ data });
      assert.deepEqual([result.kind, row.outcome], ['failed', 'failed']);
      assert.match(row.reason ?? '', /^InvalidRecord: /);
      assert.equal((await hermes.send({ data })).row.outcome, 'ignored');
    }
  });
});
