import assert from 'node:assert/strict';
import type { Delivery } from '../../sandbox/pipedrive/webhooks/delivery.ts';
import { hearPipedrive } from '../support/hearPipedrive.ts';
import { eventually, useHermes } from '../support/hermes.ts';
import { companyOf, contactsOf, dealsOf, keyOf, onlyOf, settle, signUp } from '../support/tc2Flow.ts';

const password = 'webhook-secret';

describe("Pipedrive's webhooks, from the sandbox's account to the records and back", () => {
  const hermes = useHermes({ environment: { PD_WEBHOOK_PASSWORD: password } });
  beforeEach(async () => {
    await hermes.reset();
    hearPipedrive(hermes);
  });

  /** Until nothing is under way on either side. */
  const settled = async (): Promise<void> => {
    const { delivery } = hermes.pipedrive.webhooks;
    for (;;) {
      const before = delivery.deliveries.length;
      await delivery.idle();
      await hermes.quiet();
      if (delivery.deliveries.length === before) return;
    }
  };
  /** As `settled`, as if the last sync were long ago; forgets the requests so far. */
  const rest = async (): Promise<void> => {
    await settled();
    await settle(hermes);
  };
  const writes = (): string[] =>
    hermes.pipedrive.requests.entries
      .filter(({ method }) => method !== 'GET')
      .map(({ method, path }) => `${method} ${path}`);
  const organization = () => onlyOf(hermes.pipedrive.organizations);
  const inHermes = async (): Promise<{ name: string; pd_org_id: number | null; is_deleted: boolean }[]> =>
    hermes.db('company').orderBy('id').select('name', 'pd_org_id', 'is_deleted');

  it('what Hermes creates and changes comes back and changes nothing', async () => {
    signUp(hermes);
    await settled();
    assert.deepEqual(writes().sort(), [
      'POST /api/v2/deals',
      'POST /api/v2/organizations',
      'POST /api/v2/persons',
    ]);
    await rest();
    hermes.tc2.changeClient(70412, { meta_agency: { status: 'active' } });
    await settled();
    assert.deepEqual(
      writes().map((write) => write.replace(/\d+$/, ':id')),
      ['PATCH /api/v2/organizations/:id', 'PATCH /api/v2/deals/:id'],
    );
    const rows = await hermes.db('webhook').where({ source: 'pipedrive' }).select('id');
    assert.equal(rows.length, 5, 'each write came back');
    const changes = await hermes.db('field_change').where({ source: 'pipedrive' }).select('changes');
    // An echo that overtakes the answer of its own create may link the record, and nothing else.
    assert.deepEqual(
      changes
        .flatMap(({ changes: fields }: { changes: object }) => Object.keys(fields))
        .filter((name) => !name.startsWith('pd_')),
      [],
    );
    assert.deepEqual((await inHermes()).length, 1);
  });

  it('also when every webhook overtakes the answer of its call, comes twice, and in the wrong order', async () => {
    hermes.pipedrive.settings.webhooks.duplicates = 1;
    hermes.pipedrive.faults.add({
      kind: 'latency',
      method: 'POST',
      path: '/api/v2/',
      times: 3,
      delayMs: 300,
    });
    signUp(hermes);
    await settled();
    hermes.pipedrive.webhooks.delivery.hold();
    await settle(hermes);
    for (const status of ['active', 'trial', 'active']) {
      hermes.tc2.changeClient(70412, { meta_agency: { status } });
      await settle(hermes);
    }
    const wanted = await companyOf(hermes);
    hermes.pipedrive.webhooks.delivery.release({ order: 'reverse', copies: 2 });
    await settled();
    assert.deepEqual(writes(), []);
    const company = await companyOf(hermes);
    assert.equal(company.tc2_status, 'active');
    assert.equal(company.wanted_version, wanted.wanted_version);
    assert.equal(
      hermes.pipedrive.organizations.size + hermes.pipedrive.persons.size + hermes.pipedrive.deals.size,
      3,
    );
  });

  it('an owner whom Pipedrive chose, because Hermes had none to name, replaces nobody', async () => {
    await hermes.db('admin').where({ id: 1 }).update({ pd_owner_id: null });
    await hermes.db('admin').where({ id: 2 }).update({ pd_owner_id: hermes.pipedrive.settings.apiUserId });
    signUp(hermes);
    await rest();
    hermes.tc2.changeClient(70412, { meta_agency: { status: 'active' } });
    await settled();
    assert.equal(organization().owner_id, hermes.pipedrive.settings.apiUserId);
    const { id, sales_person_id } = await companyOf(hermes);
    const [deal] = await dealsOf(hermes, id);
    assert.deepEqual([sales_person_id, deal?.admin_id], [1, 1]);
    assert.deepEqual(
      writes().filter((write) => write.includes('persons')),
      [],
    );
  });

  it('PDO-13: sales staff rename an organization: Hermes follows, and writes nothing back', async () => {
    signUp(hermes);
    await rest();
    hermes.pipedrive.app.update('organization', organization().id, { name: 'Harbour Tutoring' });
    await settled();
    assert.equal((await companyOf(hermes)).name, 'Harbour Tutoring');
    assert.deepEqual(hermes.pipedrive.requests.entries, []);
  });

  it('sales staff and TC2 change a field at once: all end with one value', async () => {
    signUp(hermes, { meta_agency: { status: 'trial' } });
    await rest();
    const key = keyOf('organization', 'tc2_status');
    const status = () => organization().custom_fields[key];
    const { delivery } = hermes.pipedrive.webhooks;
    delivery.hold();
    hermes.pipedrive.app.update('organization', organization().id, { custom_fields: { [key]: 'by hand' } });
    const edit = delivery.deliveries.at(-1)?.id ?? '';
    hermes.tc2.changeClient(70412, { meta_agency: { status: 'active' } });
    await eventually('Hermes has written', () => Promise.resolve(status() === 'active'));
    await hermes.quiet();
    delivery.resend(edit);
    await delivery.idle();
    await settle(hermes);
    delivery.release();
    await settled();
    assert.deepEqual([status(), (await companyOf(hermes)).tc2_status], ['by hand', 'by hand']);
  });

  it('a deal moved to another stage is told to TC2', async () => {
    signUp(hermes);
    await rest();
    const { id } = onlyOf(hermes.pipedrive.deals);
    hermes.pipedrive.app.update('deal', id, { stage_id: 12 });
    await settled();
    assert.deepEqual(
      hermes.tc2.requests.matching({ method: 'POST' }).map(({ body }) => body),
      [{ extra_attrs: { pipedrive_deal_stage: 'Demo booked' } }],
    );
    assert.deepEqual(writes(), []);
  });

  it('PDO-33: an organization made by hand becomes a company and carries its id', async () => {
    hermes.pipedrive.app.create('organization', { name: 'Lighthouse', owner_id: 101 });
    await settled();
    const [company] = await hermes.db('company').select('*');
    assert.deepEqual([company.name, company.sales_person_id], ['Lighthouse', 1]);
    assert.deepEqual(
      hermes.pipedrive.requests.matching({ method: 'PATCH' }).map(({ body }) => body),
      [{ custom_fields: { [keyOf('organization', 'hermes_id')]: String(company.id) } }],
    );
  });

  it('organization, person and deal made at once arrive in any order', async () => {
    hermes.pipedrive.webhooks.delivery.hold();
    const { id: org_id } = hermes.pipedrive.app.create('organization', { name: 'Lighthouse', owner_id: 101 });
    const { id: person_id } = hermes.pipedrive.app.create('person', {
      name: 'Lee Light',
      org_id,
      emails: [{ value: 'lee@lighthouse.example', primary: true, label: 'work' }],
    });
    hermes.pipedrive.app.create('deal', {
      title: 'Lighthouse',
      org_id,
      person_id,
      owner_id: 101,
      stage_id: 11,
    });
    hermes.pipedrive.webhooks.delivery.release({ order: 'reverse' });
    await settled();
    const [company] = await inHermes();
    assert.equal(company?.pd_org_id, org_id);
    const [contact, ...otherContacts] = await contactsOf(hermes, 1);
    const [deal, ...otherDeals] = await dealsOf(hermes, 1);
    assert.deepEqual([contact?.pd_person_id, deal?.contact_id], [person_id, contact?.id]);
    assert.deepEqual([otherContacts, otherDeals, (await inHermes()).length], [[], [], 1]);
  });

  it('PDO-26, PDO-31, PDO-32: a deleted organization is not made anew by TC2', async () => {
    signUp(hermes);
    await rest();
    hermes.pipedrive.app.delete('organization', organization().id);
    await settled();
    assert.equal((await companyOf(hermes)).is_deleted, true);
    hermes.tc2.changeClient(70412, { meta_agency: { status: 'active' } });
    await settled();
    assert.deepEqual(hermes.pipedrive.requests.entries, []);
  });

  for (const mergeStyle of ['joined', 'winner'] as const) {
    it(`PDM-01, PDM-05, PDM-07: a merge whose values are those of the ${mergeStyle}`, async () => {
      hermes.pipedrive.settings.mergeStyle = mergeStyle;
      signUp(hermes);
      signUp(hermes, { id: 70413, meta_agency: { id: 9002, name: 'Lighthouse' }, paid_recipients: [] });
      await rest();
      const winner = await companyOf(hermes);
      const loser = await companyOf(hermes, 70413);
      hermes.pipedrive.app.merge('organization', winner.pd_org_id ?? 0, loser.pd_org_id ?? 0);
      await settled();
      const key = keyOf('organization', 'hermes_id');
      const merged = hermes.pipedrive.organizations.get(winner.pd_org_id ?? 0);
      assert.equal(merged?.custom_fields[key], String(winner.id));
      const [kept, lost] = [await companyOf(hermes), await companyOf(hermes, 70413)];
      assert.deepEqual([kept.pd_org_id, kept.is_deleted], [winner.pd_org_id, false]);
      assert.deepEqual([lost.pd_org_id, lost.is_deleted], [null, true]);
      assert.equal((await companyOf(hermes)).price_plan, winner.price_plan);
      assert.equal((await companyOf(hermes)).website, winner.website);
      const made = hermes.pipedrive.organizations.size;
      hermes.tc2.changeClient(70413, { meta_agency: { status: 'active' } });
      await settled();
      assert.equal(hermes.pipedrive.organizations.size, made);
    });
  }

  it("NARC-03: what Hermes deletes comes back as deletes, which are not taken for a person's", async () => {
    signUp(hermes);
    await rest();
    hermes.tc2.changeClient(70412, { meta_agency: { narc: true } });
    await rest();
    const company = await companyOf(hermes);
    assert.deepEqual([company.pd_org_id, company.is_deleted], [null, false]);
    assert.ok((await contactsOf(hermes, company.id)).every((contact) => !contact.is_deleted));
    hermes.tc2.changeClient(70412, { meta_agency: { narc: false } });
    await settled();
    assert.notEqual((await companyOf(hermes)).pd_org_id, null);
  });

  it('PDO-10: an owner without an admin parks the event, visibly; it goes on by itself when the admin is there', async () => {
    hermes.pipedrive.seed({ users: [{ id: 140, name: 'New Colleague', email: 'new@acme.example' }] });
    hermes.pipedrive.app.create('organization', { name: 'Lighthouse', owner_id: 140 });
    const parked = async (): Promise<{ workflow_id: string; waiting_for: string } | undefined> =>
      hermes.db('webhook').where({ outcome: 'parked' }).first('workflow_id', 'waiting_for');
    await eventually('the event is parked', async () => (await parked()) !== undefined);
    const { workflow_id: workflowId, waiting_for: waitingFor } = (await parked())!;
    assert.equal(waitingFor, 'owner:140');
    await eventually('the run says so', async () => {
      const run = await hermes.temporal.workflow.getHandle(workflowId).describe();
      return run.typedSearchAttributes
        .getAll()
        .some(({ key, value }) => key.name === 'HermesFailure' && value === 'Parked');
    });
    assert.deepEqual(await inHermes(), []);
    await hermes.db('admin').insert({ id: 40, pd_owner_id: 140, username: 'new@acme.example' });
    await eventually('the company is there', async () => (await inHermes()).length === 1, 10_000);
    await settled();
    assert.deepEqual(
      await hermes.db('webhook').pluck('waiting_for'),
      (await hermes.db('webhook').pluck('id')).map(() => null),
    );
  });

  it('what of a parked event could be applied is told to TC2 at once', async () => {
    signUp(hermes);
    await rest();
    hermes.pipedrive.seed({ users: [{ id: 140, name: 'New Colleague', email: 'new@acme.example' }] });
    hermes.pipedrive.app.update('deal', onlyOf(hermes.pipedrive.deals).id, { stage_id: 12, owner_id: 140 });
    const told = () => hermes.tc2.requests.matching({ method: 'POST' }).map(({ body }) => body);
    await eventually('TC2 is told', async () => told().length > 0);
    assert.deepEqual(told(), [{ extra_attrs: { pipedrive_deal_stage: 'Demo booked' } }]);
    assert.equal(onlyOf(hermes.pipedrive.deals).owner_id, 140);
    await hermes.db('admin').insert({ id: 40, pd_owner_id: 140, username: 'new@acme.example' });
    const owner = async () => (await hermes.db('deal').first('admin_id')).admin_id;
    await eventually('it is applied', async () => (await owner()) === 40, 10_000);
    await settled();
  });

  describe('the endless loop', function () {
    this.timeout(90_000);
    const rounds = 4;

    /**
     * Two changes in quick succession, and a mail that is always one letter late: the echo of the first arrives when the second is
     * written.
     *
     * @returns how often the organization was written
     */
    const run = async (): Promise<number> => {
      signUp(hermes, { meta_agency: { status: 'trial' } });
      await rest();
      const { delivery } = hermes.pipedrive.webhooks;
      delivery.hold();
      const from = delivery.deliveries.length;
      for (const status of ['active', 'inactive']) {
        hermes.tc2.changeClient(70412, { meta_agency: { status } });
        await settle(hermes);
      }
      const letters = (): Delivery[] =>
        delivery.deliveries
          .slice(from)
          .filter(
            ({ payload }) => payload.meta['entity'] === 'organization' && payload.meta['action'] === 'change',
          );
      for (let read = 0; read < rounds && read < letters().length; read += 1) {
        const letter = letters()[read]!;
        const response = await fetch(letter.url, {
          method: 'POST',
          headers: { authorization: `Basic ${Buffer.from(`pipedrive:${password}`).toString('base64')}` },
          body: JSON.stringify(letter.payload),
        });
        assert.equal(response.status, 200);
        await settle(hermes);
      }
      return letters().length;
    };

    it('does not come about: two changes are two writes', async () => {
      assert.equal(await run(), 2);
      assert.equal((await companyOf(hermes)).tc2_status, 'inactive');
    });

    it('comes about when Hermes forgets what it wrote and what it was told: each late echo is taken for a change, and written again', async () => {
      await hermes.db.raw(`
        create function forget() returns trigger language plpgsql as $$
          begin
            new.recent_writes := '[]';
            if tg_op = 'UPDATE' and new.event_at is distinct from old.event_at then new.known := null; end if;
            return new;
          end $$;
        create trigger forget before insert or update on remote_record for each row execute function forget()`);
      try {
        assert.equal(await run(), rounds + 2, 'one more write for each echo, for ever');
      } finally {
        await hermes.db.raw('drop trigger forget on remote_record; drop function forget()');
      }
    });
  });
});
