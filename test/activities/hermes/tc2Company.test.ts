import assert from 'node:assert/strict';
import { attributes, changed, recently, startTc2Records, type Tc2Records } from '../../support/tc2Records.ts';

const person = (id: number) => ({ id, first_name: 'A', last_name: 'B', email: 'a@b.example' });

const recipient = (id: number, change: object = {}) => ({
  id,
  first_name: 'Nell',
  last_name: 'Harbour',
  email: 'nell@harbour-tutors.example',
  ...change,
});

describe('a TC2 client and the company', () => {
  let records: Tc2Records;
  before(async () => {
    records = await startTc2Records();
  });
  after(() => records.stop());
  beforeEach(() => records.reset());

  describe('that Hermes does not know', () => {
    it('TCC-01, TCC-14: takes every field', async () => {
      const created = recently();
      const [delivered] = await records.deliver(
        changed(
          {
            meta_agency: {
              created,
              paid_invoice_count: 3,
              price_plan: 'monthly-startup',
              status: 'active',
              pay0_dt: '2026-10-01T10:00:00Z',
              pay1_dt: '2026-10-02T10:00:00.500000Z',
              pay3_dt: '2026-10-03T11:00:00+01:00',
              card_saved_dt: '2026-10-04T10:00:00Z',
            },
            bdr_person: person(31),
            extra_attrs: attributes({
              utm_source: 'Google',
              utm_campaign: 'Autumn-2026',
              estimated_monthly_income: '1000',
            }),
          },
          'CREATED_A_CLIENT',
        ),
      );
      const company = await records.company();
      assert.deepEqual(delivered?.result, {
        kind: 'done',
        outcome: 'applied',
        companyId: company.id,
        syncNeeded: true,
        priority: 'webhook',
        reason: null,
      });
      assert.deepEqual(
        {
          ...company,
          // Hermes's own bookkeeping.
          id: 0,
          wanted_at: null,
        },
        {
          id: 0,
          name: 'Harbour Tutors',
          tc2_agency_id: 5120,
          tc2_cligency_id: 70412,
          pd_org_id: null,
          created: new Date(created),
          price_plan: 'startup',
          country: 'GB',
          website: 'https://harbour-tutors.example',
          currency: null,
          estimated_income: '1000',
          utm_campaign: 'autumn-2026',
          utm_source: 'google',
          gclid: 'EAIaIQobChMIx9Qz',
          signup_questionnaire:
            '{"how-did-you-hear-about-us": "Word of mouth", "are-lessons-mostly-remote-or-in-person": "Mostly in-person"}',
          has_booked_call: false,
          has_signed_up: true,
          narc: false,
          is_deleted: false,
          paid_invoice_count: 3,
          tc2_status: 'active',
          pay0_dt: new Date('2026-10-01T10:00:00Z'),
          pay1_dt: new Date('2026-10-02T10:00:00.500Z'),
          pay3_dt: new Date('2026-10-03T10:00:00Z'),
          gclid_expiry_dt: new Date('2027-02-16T16:02:11Z'),
          email_confirmed_dt: new Date('2026-11-18T16:20:00Z'),
          card_saved_dt: new Date('2026-10-04T10:00:00Z'),
          sales_person_id: 1,
          support_person_id: 2,
          bdr_person_id: 6,
          deleted_by: null,
          wanted_version: 1,
          wanted_at: null,
          pipedrive_synced_version: 0,
          pipedrive_synced_at: null,
          tc2_synced_version: 0,
          tc2_synced_at: null,
          pipedrive_failed_version: null,
          pipedrive_failure: null,
          tc2_failed_version: null,
          tc2_failure: null,
          search_by_hermes_id: false,
        },
      );
    });

    it('TCC-02: one contact per paid recipient, with the phone of the client', async () => {
      await records.deliver(
        changed({
          paid_recipients: [
            recipient(40),
            recipient(41, { first_name: 'Nora', email: 'nora@harbour-tutors.example' }),
          ],
        }),
      );
      const { id } = await records.company();
      assert.deepEqual(
        (await records.contacts(id)).map((contact) => [
          contact.tc2_sr_id,
          contact.first_name,
          contact.last_name,
          contact.email,
          contact.phone,
          contact.country,
        ]),
        [
          [40, 'Nell', 'Harbour', 'nell@harbour-tutors.example', '+447700900111', 'GB'],
          [41, 'Nora', 'Harbour', 'nora@harbour-tutors.example', '+447700900111', 'GB'],
        ],
      );
    });

    it('TCC-03, TCC-32: a trial agency without recipients gets a company and a deal, and no contact', async () => {
      await records.deliver(changed({ paid_recipients: [], bdr_person: person(31) }));
      const company = await records.company();
      assert.equal(company.tc2_status, 'trial');
      assert.equal(company.paid_invoice_count, 0);
      assert.equal(company.has_signed_up, true);
      assert.equal(company.has_booked_call, false);
      assert.deepEqual(await records.contacts(company.id), []);
      const [deal, ...others] = await records.deals(company.id);
      assert.deepEqual(others, []);
      assert.equal(deal?.name, 'Harbour Tutors');
      assert.equal(deal?.contact_id, null);
      const entry = await records
        .db('stage')
        .join('pipeline', 'pipeline.id', 'stage.pipeline_id')
        .where('stage.id', deal?.stage_id ?? 0)
        .first('pd_stage_id', 'pd_pipeline_id');
      assert.deepEqual(entry, { pd_stage_id: 11, pd_pipeline_id: 1 });
    });

    it('TCC-04: dates and click id come from the agency, as text of any ISO form or as an epoch', async () => {
      await records.deliver(
        changed({
          meta_agency: {
            created: 1_795_000_000,
            pay0_dt: '2026-10-01',
            pay1_dt: '1795000000',
            pay3_dt: '',
            gclid: 'AbC-dEf',
          },
          extra_attrs: attributes({ gclid: 'other' }),
        }),
      );
      const company = await records.company();
      assert.deepEqual(company.created, new Date(1_795_000_000_000));
      assert.deepEqual(company.pay0_dt, new Date('2026-10-01T00:00:00Z'));
      assert.deepEqual(company.pay1_dt, new Date(1_795_000_000_000));
      assert.equal(company.pay3_dt, null);
      assert.equal(company.gclid, 'AbC-dEf');
    });

    it('TCC-29: associated_admin is the support person, by TC2 id, as object or as bare id', async () => {
      await records.deliver(
        changed({ associated_admin: person(77), bdr_person: person(31), sales_person: 65 as never }),
      );
      const company = await records.company();
      assert.deepEqual(
        [company.sales_person_id, company.support_person_id, company.bdr_person_id],
        [3, 2, 6],
      );
    });

    it('TCC-30: neither recipient nor client has an e-mail', async () => {
      await records.deliver(
        changed({
          user: { email: null },
          paid_recipients: [recipient(40, { email: '' }), recipient(41, { email: null })],
        }),
      );
      const { id } = await records.company();
      assert.deepEqual(
        (await records.contacts(id)).map(({ email }) => email),
        [null, null],
      );
    });

    it("TCC-36: the client has no e-mail, so the first recipient's is used", async () => {
      await records.deliver(
        changed({
          user: { email: '' },
          paid_recipients: [
            recipient(40, { email: 'first@harbour-tutors.example' }),
            recipient(41, { email: '' }),
          ],
        }),
      );
      const { id } = await records.company();
      assert.deepEqual(
        (await records.contacts(id)).map(({ email }) => email),
        ['first@harbour-tutors.example', 'first@harbour-tutors.example'],
      );
    });

    it('TCC-38: an unknown price plan is payg, with a note', async () => {
      const [delivered] = await records.deliver(changed({ meta_agency: { price_plan: '9-golden' } }));
      assert.equal((await records.company()).price_plan, 'payg');
      assert.match(delivered?.row.reason ?? '', /price plan/);
      assert.doesNotMatch(delivered?.row.reason ?? '', /golden/);
    });

    it('TCC-06: the sales person is missing or unknown: not stored, failed, noted when it comes again', async () => {
      const unknown = changed({ sales_person: person(999) });
      const [first] = await records.deliver(unknown);
      assert.equal(first?.status, 200);
      assert.equal(first.row.outcome, 'failed');
      assert.ok(first.result?.kind === 'failed');
      assert.equal(first.result.type, 'UnknownSalesPerson');
      assert.equal((await records.db('company')).length, 0);

      // The same client again, hours later: other bytes, another moment, the same content.
      const [again] = await records.deliver({ ...unknown, timestamp: new Date().toISOString() });
      assert.equal(again?.result?.kind, 'done');
      assert.equal(again.row.outcome, 'ignored');
      const standing = await records.db('webhook').where({ id: first.row.id }).first('*');
      assert.equal(standing.repeats, 1);
      assert.equal((await records.db('webhook').where({ outcome: 'failed' })).length, 1);

      const [missing] = await records.deliver(changed({ sales_person: null }));
      assert.equal(missing?.row.outcome, 'failed');
    });

    it('TCC-06: succeeds on replay once the admin exists, and the failure no longer stands', async () => {
      const [first] = await records.deliver(changed({ sales_person: person(999) }));
      assert.ok(first);
      const replay = async () => {
        const [row] = await records
          .db('webhook')
          .insert({
            source: 'tc2',
            dedupe_key: `replay of ${first.row.id} ${Math.random()}`,
            type: first.row.type,
            subject: first.row.subject,
            summary: first.row.summary,
            envelope_id: first.row.id,
            replay_of: first.row.id,
            event_index: 0,
            body_hash: first.row.body_hash,
            content_hash: first.row.content_hash,
            event_at: first.row.event_at,
          })
          .returning(['id', 'type']);
        return { row, result: await records.apply(row) };
      };
      // Still unknown: the replay fails visibly.
      assert.equal((await replay()).result.kind, 'failed');

      await records.db('admin').where({ id: 4 }).update({ tc2_admin_id: 999 });
      const { row, result } = await replay();
      assert.ok(result.kind === 'done');
      assert.equal(result.outcome, 'applied');
      assert.equal((await records.company()).sales_person_id, 4);
      const open = await records.db('webhook').where({ outcome: 'failed' });
      assert.deepEqual(open, []);
      const healed = await records.db('webhook').where({ id: first.row.id }).first('*');
      assert.match(healed.reason, new RegExp(`webhook ${row.id}`));
    });

    it('TCC-06: a failure is over once a newer event of the client was applied', async () => {
      await records.deliver(changed({ sales_person: person(999) }));
      await records.deliver(changed({ meta_agency: { status: 'active' } }));
      assert.deepEqual(await records.db('webhook').where({ outcome: 'failed' }), []);
    });

    it('TCC-06: a failure that is newer than what was applied still stands', async () => {
      const earlier = changed();
      await records.deliver(changed({ sales_person: person(999), meta_agency: { status: 'active' } }));
      await records.deliver(earlier);
      assert.equal((await records.db('webhook').where({ outcome: 'failed' })).length, 1);
    });
  });

  describe('that Hermes knows', () => {
    beforeEach(async () => {
      await records.deliver(changed({ paid_recipients: [recipient(40)] }, 'CREATED_A_CLIENT'));
    });

    it('TCC-06: an unknown sales person: the company keeps its own and takes the rest', async () => {
      const [delivered] = await records.deliver(
        changed({
          sales_person: person(999),
          meta_agency: { paid_invoice_count: 7 },
          paid_recipients: [recipient(40)],
        }),
      );
      assert.equal(delivered?.row.outcome, 'applied');
      assert.match(delivered.row.reason ?? '', /sales person \(TC2 admin 999\) is unknown/);
      const company = await records.company();
      assert.equal(company.sales_person_id, 1);
      assert.equal(company.paid_invoice_count, 7);
    });

    it('TCC-09, TCC-16: a known recipient stays as it is, also renamed; a new one is added', async () => {
      await records.deliver(
        changed({
          user: { phone: '+447700900999' },
          paid_recipients: [
            recipient(40, { first_name: 'Renamed', email: 'renamed@harbour-tutors.example' }),
            recipient(41, { first_name: 'Nora' }),
          ],
        }),
      );
      const { id } = await records.company();
      assert.deepEqual(
        (await records.contacts(id)).map((contact) => [
          contact.tc2_sr_id,
          contact.first_name,
          contact.email,
          contact.phone,
        ]),
        [
          [40, 'Nell', 'nell@harbour-tutors.example', '+447700900111'],
          [41, 'Nora', 'nell@harbour-tutors.example', '+447700900999'],
        ],
      );
    });

    it('adds a recipient that is named twice, or by digits, once', async () => {
      await records.deliver(
        changed({ paid_recipients: [recipient(40), { ...recipient(41), id: '41' }, recipient(41)] }),
      );
      const { id } = await records.company();
      assert.deepEqual(
        (await records.contacts(id)).map(({ tc2_sr_id: sr }) => sr),
        [40, 41],
      );
    });

    it("links the contact who booked a call with the recipient's e-mail, also a deleted one", async () => {
      const { id } = await records.company();
      await records.db('contact').insert([
        { company_id: id, first_name: 'Nora', email: 'NORA@harbour-tutors.example' },
        {
          company_id: id,
          first_name: 'Gone',
          email: 'gone@harbour-tutors.example',
          is_deleted: true,
          deleted_by: 'pipedrive',
        },
      ]);
      await records.deliver(
        changed({
          paid_recipients: [
            recipient(40),
            recipient(41, { email: 'nora@harbour-tutors.example' }),
            recipient(42, { email: 'gone@harbour-tutors.example' }),
          ],
        }),
      );
      assert.deepEqual(
        (await records.contacts(id)).map((contact) => [
          contact.tc2_sr_id,
          contact.first_name,
          contact.is_deleted,
        ]),
        [
          [40, 'Nell', false],
          [41, 'Nora', false],
          [42, 'Gone', true],
        ],
      );
    });

    it('TCC-10, TCC-11: name, country, website, currency, created stay; plan, status, narc, dates, count follow', async () => {
      const before = await records.company();
      await records.db('company').update({ currency: 'EUR' });
      await records.deliver(
        changed({
          meta_agency: {
            name: 'Other name',
            country: 'France (FR)',
            website: 'https://other.example',
            created: '2020-01-01T00:00:00Z',
            price_plan: '1-enterprise',
            pay0_dt: '2026-11-01T00:00:00Z',
            status: 'active',
            paid_invoice_count: 2,
            narc: true,
          },
          paid_recipients: [recipient(40)],
        }),
      );
      const company = await records.company();
      for (const column of ['name', 'country', 'website', 'created', 'has_signed_up'] as const) {
        assert.deepEqual(company[column], before[column], column);
      }
      assert.equal(company.currency, 'EUR');
      assert.equal(company.price_plan, 'enterprise');
      assert.equal(company.tc2_status, 'active');
      assert.equal(company.narc, true);
      assert.equal(company.paid_invoice_count, 2);
      assert.deepEqual(company.pay0_dt, new Date('2026-11-01T00:00:00Z'));
    });

    it('TCC-12: what follows TC2 follows it to null and back', async () => {
      const full = {
        pay0_dt: '2026-11-01T00:00:00Z',
        pay1_dt: '2026-11-02T00:00:00Z',
        pay3_dt: '2026-11-03T00:00:00Z',
        card_saved_dt: '2026-11-04T00:00:00Z',
        email_confirmed_dt: '2026-11-05T00:00:00Z',
        gclid: 'CaseSensitive',
        gclid_expiry_dt: '2026-11-06T00:00:00Z',
        narc: true,
        status: 'suspended',
        price_plan: 'x-startup',
      };
      const columns = [
        'pay0_dt',
        'pay1_dt',
        'pay3_dt',
        'card_saved_dt',
        'email_confirmed_dt',
        'gclid',
        'gclid_expiry_dt',
      ] as const;
      await records.deliver(changed({ meta_agency: full }));
      const set = await records.company();
      assert.deepEqual(
        columns.map((column) => set[column]),
        columns.map((column) => (column === 'gclid' ? full.gclid : new Date(full[column]))),
      );
      assert.deepEqual([set.narc, set.tc2_status, set.price_plan], [true, 'suspended', 'startup']);

      const nothing = Object.fromEntries(columns.map((column) => [column, null]));
      await records.deliver(
        changed({ meta_agency: { ...nothing, narc: false, status: 'trial', price_plan: 'payg' } }),
      );
      const unset = await records.company();
      assert.deepEqual(
        columns.map((column) => unset[column]),
        columns.map(() => null),
      );
      assert.deepEqual([unset.narc, unset.tc2_status, unset.price_plan], [false, 'trial', 'payg']);
    });

    it('TCC-13, TCC-25: count, questionnaire, utm values and income follow', async () => {
      await records.deliver(
        changed({
          meta_agency: { paid_invoice_count: 12, signup_questionnaire: { "it's": ['a', { b: null }], n: 1 } },
          extra_attrs: attributes({
            utm_source: 'Bing',
            utm_campaign: 'Spring',
            estimated_monthly_income: '--2000-3000--',
          }),
        }),
      );
      const company = await records.company();
      assert.equal(company.paid_invoice_count, 12);
      assert.equal(company.signup_questionnaire, '{"it\'s": ["a", {"b": null}], "n": 1}');
      assert.deepEqual(
        [company.utm_source, company.utm_campaign, company.estimated_income],
        ['bing', 'spring', '2000-3000'],
      );
    });

    it('TCC-15: absent from an update: click id and questionnaire become null, utm_source stays', async () => {
      const event = changed({ extra_attrs: [] });
      const agency = (event.subject as { meta_agency?: Record<string, unknown> }).meta_agency;
      delete agency?.['gclid'];
      delete agency?.['signup_questionnaire'];
      delete agency?.['narc'];
      await records.deliver(event);
      const company = await records.company();
      assert.deepEqual([company.gclid, company.signup_questionnaire], [null, null]);
      assert.deepEqual([company.utm_source, company.utm_campaign], ['google', 'autumn-2026']);
    });

    it('TCC-18: the sales person stays; an empty support or BDR person is filled, and then stays', async () => {
      await records.deliver(
        changed({ sales_person: person(65), associated_admin: person(31), bdr_person: person(31) }),
      );
      const company = await records.company();
      assert.deepEqual(
        [company.sales_person_id, company.support_person_id, company.bdr_person_id],
        [1, 2, 6],
      );
      await records.deliver(changed({ bdr_person: person(64) }));
      assert.equal((await records.company()).bdr_person_id, 6);
      await records.db('company').update({ sales_person_id: null, support_person_id: null });
      await records.deliver(changed({ sales_person: person(65), bdr_person: null }));
      const filled = await records.company();
      assert.deepEqual([filled.sales_person_id, filled.support_person_id, filled.bdr_person_id], [3, 2, 6]);
    });

    it('TCC-20, TCC-21: utm values set by a later event, in lower case; a click id keeps its case', async () => {
      await records.db('company').update({ utm_source: null, utm_campaign: null, estimated_income: null });
      await records.deliver(
        changed({
          extra_attrs: attributes({
            utm_source: ' GooGLE ',
            utm_campaign: '-Winter-',
            estimated_monthly_income: 5000,
            other: '---',
          }),
        }),
      );
      const company = await records.company();
      assert.deepEqual(
        [company.utm_source, company.utm_campaign, company.estimated_income],
        ['google', 'winter', '5000'],
      );
      assert.equal(company.gclid, 'EAIaIQobChMIx9Qz');
    });

    it('TCC-14: an event that changes nothing leaves no trace but its row', async () => {
      const before = await records.company();
      const audited = await records.db('field_change').count('* as n').first();
      const [delivered] = await records.deliver(
        changed({ paid_recipients: [recipient(40)], meta_agency: { created: before.created.toISOString() } }),
      );
      assert.ok(delivered?.result?.kind === 'done');
      assert.equal(delivered.result.outcome, 'unchanged');
      // The company has never been synced, so this run asks for it, too.
      assert.equal(delivered.result.syncNeeded, true);
      assert.deepEqual(await records.company(), before);
      assert.deepEqual(await records.db('field_change').count('* as n').first(), audited);
      await records.db('company').update({
        pipedrive_synced_version: before.wanted_version,
        pipedrive_synced_at: new Date(),
        tc2_synced_version: before.wanted_version,
      });
      const [quiet] = await records.deliver(changed({ paid_recipients: [recipient(40)] }));
      assert.ok(quiet?.result?.kind === 'done');
      assert.equal(quiet.result.syncNeeded, false);
    });

    it('keeps who changed what', async () => {
      const [delivered] = await records.deliver(
        changed({ meta_agency: { paid_invoice_count: 4 }, paid_recipients: [recipient(40)] }),
      );
      const { id } = await records.company();
      const rows = await records
        .db('field_change')
        .where({ webhook_id: delivered?.row.id ?? 0 })
        .orderBy('id');
      assert.deepEqual(
        rows.map((row) => [row.entity, row.record_id, row.source, row.changes]),
        [
          ['company', id, 'tc2', { paid_invoice_count: { before: 0, after: 4 } }],
          ['deal', 1, 'tc2', { paid_invoice_count: { before: 0, after: 4 } }],
        ],
      );
    });
  });

  describe('custom fields', () => {
    const valuesOf = async () => {
      const rows = await records
        .db('custom_field_value as v')
        .join('custom_field as f', 'f.id', 'v.custom_field_id')
        .whereNotNull('v.company_id')
        .orderBy('f.id')
        .select<{ machine_name: string; value: unknown }[]>('f.machine_name', 'v.value');
      return Object.fromEntries(rows.map((row) => [row.machine_name, row.value]));
    };

    it('TCC-48: signup_data, receive_marketing_emails and operate_as_ea on create and on update', async () => {
      await records.deliver(changed());
      assert.deepEqual(await valuesOf(), {
        utm_medium: 'cpc',
        ga4_client_id: '1184.2291',
        email: 'nell@harbour-tutors.example',
        phone: '+447700900111',
        company_name: 'Harbour Tutors',
        receive_marketing_emails: true,
        operate_as_ea: false,
      });
      await records.deliver(
        changed({
          meta_agency: {
            signup_data: { utm_medium: 'Social', utm_term: 'Tutor' },
            receive_marketing_emails: false,
            operate_as_ea: null,
          },
        }),
      );
      assert.deepEqual(await valuesOf(), {
        utm_medium: 'Social',
        utm_term: 'Tutor',
        receive_marketing_emails: false,
      });
    });

    it('TCC-48: without signup_data all is well', async () => {
      const event = changed();
      const agency = (event.subject as { meta_agency?: Record<string, unknown> }).meta_agency;
      for (const name of ['signup_data', 'receive_marketing_emails', 'operate_as_ea']) delete agency?.[name];
      const [delivered] = await records.deliver(event);
      assert.equal(delivered?.row.outcome, 'applied');
      assert.deepEqual(await valuesOf(), {});
    });

    it('TCC-37, CF-02, CF-05, CF-11, CF-22: an extra attribute becomes the value of its field; one value, replaced', async () => {
      await records.db('custom_field').insert([
        {
          machine_name: 'region',
          name: 'Region',
          entity: 'organization',
          type: 'text',
          tc2_machine_name: 'tc2_region',
        },
        { machine_name: 'region', name: 'Region', entity: 'deal', type: 'text' },
        {
          machine_name: 'checked',
          name: 'Checked',
          entity: 'organization',
          type: 'boolean',
          tc2_machine_name: 'checked',
        },
      ]);
      await records.deliver(
        changed({
          extra_attrs: attributes({ tc2_region: 'North', checked: true }),
          meta_agency: { signup_data: null },
        }),
      );
      const first = await valuesOf();
      assert.equal(first['region'], 'north');
      assert.equal(first['checked'], true);
      await records.deliver(
        changed({
          extra_attrs: attributes({ tc2_region: 'South', checked: false }),
          meta_agency: { signup_data: null },
        }),
      );
      assert.equal((await valuesOf())['region'], 'south');
      assert.equal((await valuesOf())['checked'], false);
      // Absent: an extra attribute that says nothing changes nothing.
      await records.deliver(changed({ extra_attrs: [], meta_agency: { signup_data: null } }));
      assert.equal((await valuesOf())['region'], 'south');
      const ofDeal = await records.db('custom_field_value').whereNotNull('deal_id').select('value');
      assert.deepEqual(ofDeal, [{ value: 'south' }]);
    });

    it('CF-01, CF-03, CF-08: a field bound to a column sets the column and keeps no value', async () => {
      await records.db('custom_field').insert({
        machine_name: 'site',
        name: 'Site',
        entity: 'organization',
        type: 'text',
        hermes_column: 'website',
        tc2_machine_name: 'site',
      });
      await records.deliver(
        changed({
          extra_attrs: attributes({ site: 'https://bound.example' }),
          meta_agency: { signup_data: null, receive_marketing_emails: null, operate_as_ea: null },
        }),
      );
      assert.equal((await records.company()).website, 'https://bound.example');
      assert.deepEqual(await valuesOf(), {});
      const [nothing] = await records.deliver(changed({ extra_attrs: [] }));
      assert.ok(['applied', 'unchanged'].includes(nothing?.row.outcome ?? ''));
      assert.equal((await records.company()).website, 'https://bound.example');
    });
  });
});
