import assert from 'node:assert/strict';
import {
  clientEvent,
  deletedEvent,
  enquiryEvent,
  exampleClient,
  invoiceEvent,
  readShape,
  webhookBody,
} from '../../../sandbox/tc2/events.ts';
import {
  changed,
  clientLike,
  nextMoment,
  startTc2Records,
  type Tc2Records,
} from '../../support/tc2Records.ts';
import { untilLockIsAwaited } from '../../support/locks.ts';

const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);

describe('TC2 events in the records', () => {
  let records: Tc2Records;
  before(async () => {
    records = await startTc2Records();
  });
  after(() => records.stop());
  beforeEach(() => records.reset());

  const statusOf = async (): Promise<string | null> => (await records.company()).tc2_status;
  const inStatus = (status: string, at: Date) =>
    clientEvent(clientLike({ meta_agency: { status } }), 'EDITED_A_CLIENT', at);
  const outcomes = async (...events: unknown[]): Promise<unknown[]> => {
    const delivered = await records.deliver(...events);
    return delivered.map(({ row, result }) => (result?.kind === 'readNeeded' ? 'readNeeded' : row.outcome));
  };
  /** Gives an event what its run would have read. */
  const readFor = async (webhookId: number, body: unknown, at = new Date()): Promise<void> => {
    await records
      .db('webhook')
      .where({ id: webhookId })
      .update({ read_at: at, read_body: body === null ? null : JSON.stringify(body) });
  };

  describe('in order and out of order', () => {
    it('applies the newest and lets the older ones be stale', async () => {
      assert.deepEqual(
        await outcomes(
          inStatus('trial', minutesAgo(3)),
          inStatus('active', minutesAgo(1)),
          inStatus('suspended', minutesAgo(2)),
        ),
        ['applied', 'applied', 'stale'],
      );
      assert.equal(await statusOf(), 'active');
    });

    it('files the same bytes once, and the same content again as unchanged', async () => {
      const body = webhookBody([inStatus('trial', minutesAgo(3))], 1);
      const first = await records.file(body);
      const second = await records.file(body);
      assert.deepEqual(
        [first.status, second.status, first.rows.length, second.rows.length],
        [200, 200, 1, 0],
      );
      assert.deepEqual(await outcomes(inStatus('trial', minutesAgo(2)), inStatus('trial', minutesAgo(1))), [
        'applied',
        'unchanged',
      ]);
    });

    it('takes a moment in the future for the moment of receipt, so that it mutes nothing', async () => {
      assert.deepEqual(await outcomes(inStatus('trial', new Date(Date.now() + 86_400_000))), ['applied']);
      const [delivered] = await records.deliver(inStatus('active', new Date(Date.now() + 60_000)));
      assert.equal(delivered?.row.outcome, 'applied');
      assert.equal(await statusOf(), 'active');
    });

    it('reads the client when an event is older than any retry can be', async () => {
      await records.deliver(inStatus('trial', minutesAgo(1)));
      const [late] = await records.deliver(inStatus('suspended', minutesAgo(30)));
      assert.deepEqual(late?.result, { kind: 'readNeeded' });
      assert.equal(await statusOf(), 'trial');
      const now = clientLike({ meta_agency: { status: 'active' } });
      await readFor(late.row.id, readShape(now, 'V2'));
      const result = await records.apply(late.row);
      assert.ok(result.kind === 'done');
      assert.equal(result.outcome, 'applied');
      assert.equal(await statusOf(), 'active');
      // What was read holds as of the reading.
      assert.deepEqual(await outcomes(inStatus('trial', minutesAgo(0.5))), ['stale']);
    });

    it('a reading that something newer overtook is stale', async () => {
      await records.deliver(inStatus('trial', minutesAgo(1)));
      const [late] = await records.deliver(inStatus('suspended', minutesAgo(30)));
      assert.ok(late);
      await readFor(late.row.id, clientLike({ meta_agency: { status: 'active' } }), minutesAgo(2));
      const result = await records.apply(late.row);
      assert.ok(result.kind === 'done');
      assert.equal(result.outcome, 'stale');
      assert.equal(await statusOf(), 'trial');
    });

    it('two events of the same millisecond: TC2 is asked which one holds, unless they say the same', async () => {
      const moment = minutesAgo(1);
      await records.deliver(inStatus('active', moment));
      assert.deepEqual(await outcomes(inStatus('active', moment)), ['unchanged']);
      const [tied] = await records.deliver(inStatus('trial', moment));
      assert.deepEqual(tied?.result, { kind: 'readNeeded' });
      assert.equal(await statusOf(), 'active');
      assert.deepEqual(await outcomes(deletedEvent(exampleClient, moment)), ['readNeeded']);
      await readFor(tied.row.id, clientLike({ meta_agency: { status: 'trial' } }));
      await records.apply(tied.row);
      assert.equal(await statusOf(), 'trial');
    });

    it('an attempt that is repeated after its commit asks for the sync again, also when something newer was applied', async () => {
      const [first] = await records.deliver(changed());
      await records.deliver(changed());
      assert.ok(first?.row.outcome === 'applied');
      const again = await records.apply(first.row);
      assert.ok(again.kind === 'done');
      assert.deepEqual([again.outcome, again.syncNeeded], ['applied', true]);
      assert.equal(
        (await records.db('webhook').where({ id: first.row.id }).first('outcome')).outcome,
        'applied',
      );
    });
  });

  describe('deletion', () => {
    it('TCX-01, TCX-02: company and contacts are marked deleted, open deals lost, every row stays', async () => {
      await records.deliver(changed());
      const { id } = await records.company();
      await records.db('deal').insert({ company_id: id, status: 'won' });
      const [contact] = await records.contacts(id);
      await records
        .db('meeting')
        .insert({ company_id: id, contact_id: contact?.id, meeting_type: 'sales', deal_id: 1 });
      const [delivered] = await records.deliver(deletedEvent(exampleClient, nextMoment()));
      assert.equal(delivered?.row.outcome, 'applied');
      const company = await records.company();
      assert.deepEqual([company.is_deleted, company.deleted_by], [true, 'tc2']);
      assert.deepEqual(
        (await records.contacts(id)).map((one) => [one.is_deleted, one.deleted_by]),
        [[true, 'tc2']],
      );
      assert.deepEqual(
        (await records.deals(id)).map(({ status }) => status),
        ['lost', 'won'],
      );
      assert.equal((await records.db('meeting')).length, 1);

      const again = await records.apply(delivered.row);
      assert.ok(again.kind === 'done');
      assert.deepEqual([again.outcome, again.syncNeeded], ['applied', true]);
    });

    it('TCX-01: RECOVERED_A_CLIENT and any newer event bring company and contacts back, closed deals stay', async () => {
      for (const action of ['RECOVERED_A_CLIENT', 'EDITED_A_CLIENT']) {
        await records.reset();
        await records.deliver(changed(), deletedEvent(exampleClient, nextMoment()), changed({}, action));
        const company = await records.company();
        assert.deepEqual([company.is_deleted, company.deleted_by], [false, null]);
        assert.deepEqual(
          (await records.contacts(company.id)).map((one) => one.is_deleted),
          [false],
        );
        assert.deepEqual(
          (await records.deals(company.id)).map(({ status }) => status),
          ['lost'],
        );
      }
    });

    it('an event from before the deletion brings nothing back', async () => {
      await records.deliver(inStatus('trial', minutesAgo(5)));
      assert.deepEqual(
        await outcomes(deletedEvent(exampleClient, minutesAgo(2)), inStatus('active', minutesAgo(3))),
        ['applied', 'stale'],
      );
      assert.equal((await records.company()).is_deleted, true);
    });

    it('a deletion that arrives before the creation wins; a later event creates', async () => {
      assert.deepEqual(
        await outcomes(deletedEvent(exampleClient, minutesAgo(2)), inStatus('trial', minutesAgo(3))),
        ['ignored', 'stale'],
      );
      assert.equal((await records.db('company')).length, 0);
      assert.deepEqual(await outcomes(inStatus('trial', minutesAgo(1))), ['applied']);
    });

    it('PDO-31: what Pipedrive deleted stays deleted, and who deleted it is kept', async () => {
      await records.deliver(changed());
      await records.db('company').update({ is_deleted: true, deleted_by: 'pipedrive' });
      await records.deliver(changed({ meta_agency: { paid_invoice_count: 5 } }));
      const company = await records.company();
      assert.deepEqual(
        [company.is_deleted, company.deleted_by, company.paid_invoice_count],
        [true, 'pipedrive', 5],
      );
      await records.deliver(deletedEvent(exampleClient, nextMoment()), changed({}, 'RECOVERED_A_CLIENT'));
      assert.deepEqual((await records.company()).deleted_by, 'pipedrive');
    });

    it('reads the client for a deletion that is too old, and believes what it finds', async () => {
      await records.deliver(inStatus('trial', minutesAgo(1)));
      const [late] = await records.deliver(deletedEvent(exampleClient, minutesAgo(40)));
      assert.deepEqual(late?.result, { kind: 'readNeeded' });
      await readFor(late.row.id, clientLike({ meta_agency: { status: 'active' } }));
      await records.apply(late.row);
      assert.deepEqual([(await records.company()).is_deleted, await statusOf()], [false, 'active']);

      const [gone] = await records.deliver(deletedEvent(exampleClient, minutesAgo(41)));
      assert.ok(gone);
      await readFor(gone.row.id, null);
      await records.apply(gone.row);
      assert.equal((await records.company()).is_deleted, true);
    });

    it('a deletion makes an older failure of the client pointless', async () => {
      const nobody = { id: 999, first_name: 'N', last_name: 'N', email: null } as never;
      await records.deliver(changed({ sales_person: nobody }), deletedEvent(exampleClient, nextMoment()));
      assert.deepEqual(await records.db('webhook').where({ outcome: 'failed' }), []);
    });

    it('a deletion that names no client is failed', async () => {
      const event = deletedEvent(exampleClient, nextMoment());
      assert.deepEqual(await outcomes({ ...event, subject: { ...event.subject, id: 'x' } }), ['failed']);
    });
  });

  describe('invoice', () => {
    it('TCI-01: wants the client read, and is then a client event', async () => {
      await records.deliver(inStatus('trial', minutesAgo(1)));
      const [delivered] = await records.deliver(invoiceEvent(undefined, 'CLIENT_PAID_INVOICE', nextMoment()));
      assert.deepEqual(delivered?.result, { kind: 'readNeeded' });
      assert.equal(delivered.row.type, 'TcInvoiceUpdated');
      await readFor(
        delivered.row.id,
        clientLike({ meta_agency: { paid_invoice_count: 1, status: 'active' } }),
      );
      await records.apply(delivered.row);
      assert.equal((await records.company()).paid_invoice_count, 1);
      const [deal] = await records.deals(1);
      assert.deepEqual([deal?.status, deal?.paid_invoice_count], ['open', 1]);
    });

    it('TCI-01: of a client that TC2 does not have, or that is an enquiry: nothing is done', async () => {
      for (const body of [null, readShape({ ...exampleClient, meta_agency: null }, 'V1')]) {
        const [delivered] = await records.deliver(
          invoiceEvent(undefined, 'SENT_INVOICE_REMINDER', nextMoment()),
        );
        assert.ok(delivered);
        await readFor(delivered.row.id, body);
        const result = await records.apply(delivered.row);
        assert.ok(result.kind === 'done');
        assert.equal(result.outcome, 'ignored');
      }
      assert.equal((await records.db('company')).length, 0);
    });

    it('that names no client is failed', async () => {
      const event = invoiceEvent(undefined, 'RAISED_INVOICE', nextMoment());
      assert.deepEqual(await outcomes({ ...event, subject: { ...event.subject, client: null } }), ['failed']);
    });
  });

  describe('shapes and bad data', () => {
    it('TCA-04: a client without its required parts is failed and names them, without values', async () => {
      const event = changed();
      const { user: _user, ...subject } = event.subject;
      const [delivered] = await records.deliver({
        ...event,
        subject: {
          ...subject,
          meta_agency: { ...(subject['meta_agency'] as object), id: 'secret value', price_plan: undefined },
        },
      });
      assert.equal(delivered?.status, 200);
      assert.equal(delivered.row.outcome, 'failed');
      assert.match(delivered.row.reason ?? '', /meta_agency\.id.*meta_agency\.price_plan.*user/);
      assert.doesNotMatch(delivered.row.reason ?? '', /secret/);
      assert.equal((await records.db('company')).length, 0);
    });

    it('TCA-05, TCA-12: enquiries and short payloads are skipped', async () => {
      const short = { ...deletedEvent(exampleClient, nextMoment()), action: 'EDITED_OWN_PROFILE' };
      const delivered = await records.deliver(enquiryEvent(), short);
      assert.deepEqual(
        delivered.map(({ row, result }) => [row.outcome, result]),
        [
          ['ignored', null],
          ['ignored', null],
        ],
      );
    });

    it('TCA-06, TCA-07, TCA-09: in a batch AGREE_TERMS is skipped and a bad event fails, the others go on', async () => {
      const second = changed({ id: 2, meta_agency: { id: 3 }, paid_recipients: [] });
      assert.deepEqual(
        await outcomes(
          changed({}, 'AGREE_TERMS'),
          { ...changed(), subject: { model: 'Client', id: 9, meta_agency: {} } },
          'not an event',
          null,
          changed(),
          second,
        ),
        ['ignored', 'failed', 'failed', 'failed', 'applied', 'applied'],
      );
      assert.equal((await records.db('company')).length, 2);
    });

    it('TCA-08: other subjects are ignored', async () => {
      assert.deepEqual(
        await outcomes(
          { ...changed(), subject: { model: 'Tutor', id: 1 } },
          { ...changed(), subject: null },
          { action: 'CREATED_A_LESSON' },
          {},
        ),
        ['ignored', 'ignored', 'ignored', 'ignored'],
      );
    });

    it('RL-03: ten companies in one payload', async () => {
      const events = Array.from({ length: 10 }, (_, index) =>
        changed({ id: 100 + index, meta_agency: { id: 200 + index }, paid_recipients: [] }),
      );
      assert.deepEqual(
        await outcomes(...events),
        Array.from({ length: 10 }, () => 'applied'),
      );
      assert.equal((await records.db('company')).length, 10);
    });

    it('reads the V2 shape, with the user at the top', async () => {
      const client = clientLike({
        user: { email: 'v2@harbour-tutors.example' },
        paid_recipients: [{ id: '77', first_name: null, last_name: 'V', email: '' }],
      });
      await records.deliver(clientEvent(client, 'CREATED_A_CLIENT', nextMoment(), { shape: 'V2' }));
      const company = await records.company();
      assert.deepEqual(
        (await records.contacts(company.id)).map((one) => [
          one.tc2_sr_id,
          one.last_name,
          one.email,
          one.phone,
        ]),
        [[77, 'V', 'v2@harbour-tutors.example', '+447700900111']],
      );
    });

    it('takes numbers as digits', async () => {
      await records.deliver(
        changed({
          id: '70412' as never,
          meta_agency: { id: '5120' as never, paid_invoice_count: '4' as never },
          sales_person: { id: '64' } as never,
        }),
      );
      const company = await records.company();
      assert.deepEqual(
        [company.tc2_agency_id, company.paid_invoice_count, company.sales_person_id],
        [5120, 4, 1],
      );
    });

    it('fails numbers that no column holds', async () => {
      assert.deepEqual(
        await outcomes(
          changed({ id: 2_147_483_648 }),
          changed({ meta_agency: { paid_invoice_count: 99_999_999_999 } }),
          changed({ meta_agency: { paid_invoice_count: -1 } }),
          changed({ meta_agency: { paid_invoice_count: 1.5 } }),
          changed({ meta_agency: { id: 0 } }),
          changed({ paid_recipients: [{ id: 1e12, first_name: null, last_name: 'X', email: null }] }),
          changed({ meta_agency: { created: 'yesterday' } }),
          changed({ meta_agency: { pay0_dt: '+275760-09-13T00:00:00Z' } }),
        ),
        Array.from({ length: 8 }, () => 'failed'),
      );
    });

    it('stores text with NUL and halves of surrogate pairs without them, and cuts names', async () => {
      const nasty = 'a\u0000b\ud800c';
      const [delivered] = await records.deliver(
        changed({
          meta_agency: {
            name: `${nasty}${'x'.repeat(300)}`,
            website: nasty,
            status: nasty,
            gclid: nasty,
            price_plan: nasty,
            signup_questionnaire: { [nasty]: nasty },
            signup_data: { utm_medium: nasty, [nasty]: nasty },
          },
          user: { phone: nasty, first_name: nasty },
          paid_recipients: [{ id: 1, first_name: nasty, last_name: nasty, email: nasty }],
          extra_attrs: [{ id: 1, machine_name: 'utm_source', name: nasty, type: nasty, value: nasty }],
        }),
      );
      assert.equal(delivered?.row.outcome, 'applied');
      const company = await records.company();
      const clean = 'ab\ufffdc';
      assert.deepEqual(
        [company.website, company.tc2_status, company.gclid, company.utm_source],
        [clean, clean, clean, clean],
      );
      assert.equal(company.name.length, 255);
      const values = await records.db('custom_field_value').pluck('value');
      assert.deepEqual(values, [clean, true, false]);
    });

    it('stores a huge questionnaire, and bytes that are not UTF-8', async () => {
      const huge = 'q'.repeat(600_000);
      await records.deliver(changed({ meta_agency: { signup_questionnaire: { huge } } }));
      assert.equal((await records.company()).signup_questionnaire?.length, 600_000 + 12);
      const body = webhookBody([
        changed({ id: 3, meta_agency: { id: 4, name: 'BROKEN' }, paid_recipients: [] }),
      ]);
      body[body.indexOf('BROKEN')] = 0xff;
      const { status, rows } = await records.file(body);
      assert.equal(status, 200);
      await records.apply(rows[0]!);
      assert.equal((await records.company(3)).name, '\ufffdROKEN');
    });

    it('an agency moves from a deleted company; a live one keeps it, and the other client is stored without', async () => {
      await records.deliver(changed());
      const [second] = await records.deliver(changed({ id: 2, paid_recipients: [] }));
      assert.equal(second?.row.outcome, 'applied');
      assert.match(second.row.reason ?? '', /agency 5120 belongs to company 1/);
      assert.deepEqual(
        [(await records.company()).tc2_agency_id, (await records.company(2)).tc2_agency_id],
        [5120, null],
      );
      const [again] = await records.deliver(changed({ id: 2, paid_recipients: [] }));
      assert.equal(again?.row.outcome, 'unchanged');

      await records.deliver(
        deletedEvent(exampleClient, nextMoment()),
        changed({ id: 2, paid_recipients: [] }),
      );
      assert.deepEqual(
        [(await records.company()).tc2_agency_id, (await records.company(2)).tc2_agency_id],
        [null, 5120],
      );
    });

    it('takes over a company that only knows the agency', async () => {
      await records.db('company').insert({ name: 'Copied', tc2_agency_id: 5120 });
      await records.deliver(changed());
      const company = await records.company();
      assert.deepEqual([company.id, company.name], [1, 'Copied']);
    });
  });

  it('TCA-11: CREATED and EDITED of 20 clients, all at once, make 20 companies, contacts and deals', async () => {
    const rows = (
      await Promise.all(
        Array.from({ length: 20 }, (_, index) => index).flatMap((index) => {
          const client = clientLike({
            id: 1000 + index,
            meta_agency: { id: 2000 + index },
            paid_recipients: [{ id: 3000 + index, first_name: null, last_name: 'R', email: null }],
          });
          return ['CREATED_A_CLIENT', 'EDITED_A_CLIENT'].map((action) =>
            records.file(webhookBody([clientEvent(client, action)])),
          );
        }),
      )
    ).length;
    assert.equal(rows, 40);
    const filed = await records.db('webhook').select('id', 'type');
    assert.equal(filed.length, 40);
    await Promise.all(filed.map((row) => records.apply(row)));
    for (const table of ['company', 'contact', 'deal']) {
      assert.equal((await records.db(table)).length, 20, table);
    }
  });

  it('an unchanged client costs three round trips', async () => {
    await records.deliver(changed());
    const { rows } = await records.file(webhookBody([changed()]));
    const statements: string[] = [];
    const listen = ({ sql }: { sql: string }): void => void statements.push(sql.trim().slice(0, 60));
    records.db.on('query', listen);
    const result = await records.apply(rows[0]!);
    records.db.removeListener('query', listen);
    assert.ok(result.kind === 'done');
    assert.equal(result.outcome, 'unchanged');
    assert.equal(statements.length, 3, statements.join('\n'));
  });

  it('an event that says what is held is stale when a newer one is applied while it is compared', async () => {
    await records.deliver(inStatus('trial', minutesAgo(3)));
    const { rows } = await records.file(webhookBody([inStatus('trial', minutesAgo(2))]));
    const newer = await records.db.transaction();
    await newer('remote_record')
      .where({ system: 'tc2', entity: 'client' })
      .update({ event_at: minutesAgo(1), updated_at: newer.raw('clock_timestamp()') });
    await newer('company').update({ tc2_status: 'active' });
    const applying = records.apply(rows[0]!);
    await untilLockIsAwaited(records.db);
    await newer.commit();
    const result = await applying;
    assert.ok(result.kind === 'done');
    assert.equal(result.outcome, 'stale');
    assert.equal(await statusOf(), 'active');
  });

  it('an event that is erased while it is applied leaves nothing behind', async () => {
    const { rows } = await records.file(webhookBody([inStatus('trial', minutesAgo(2))]));
    const erasing = await records.db.transaction();
    await erasing('remote_record').insert({ system: 'tc2', entity: 'client', remote_id: exampleClient.id });
    const applying = assert.rejects(records.apply(rows[0]!), /erased/);
    await untilLockIsAwaited(records.db);
    await erasing('webhook').delete();
    await erasing.commit();
    await applying;
    assert.deepEqual(await records.db('company').select('id'), []);
  });
});
