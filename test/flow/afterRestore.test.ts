import assert from 'node:assert/strict';
import { noteRestore } from '../../db/restore.ts';
import { hearPipedrive } from '../support/hearPipedrive.ts';
import { useHermes, type TestHermes } from '../support/hermes.ts';
import {
  addCompany,
  addContact,
  callsMade,
  changeCompany,
  fieldKey,
  sync,
  writesMade,
} from './syncSupport.ts';

const tables = ['company', 'contact', 'deal', 'webhook'] as const;

/**
 * Remembers the moment. What it gives takes the records back to it, as a restore does: rows and ids of what came since are gone.
 * test/backup tries the same with a real backup.
 */
const moment = async ({ db }: TestHermes): Promise<() => Promise<void>> => {
  const last = await Promise.all(
    tables.map(async (table) => {
      const row = await db(table).max<{ max: number | null }>('id').first();
      return [table, row?.max ?? 0] as const;
    }),
  );
  const remote = await db('remote_record').select('system', 'entity', 'remote_id');
  const known = new Set(remote.map((row: Record<string, unknown>) => Object.values(row).join()));
  return async () => {
    for (const [table, id] of last) {
      await db(table).where('id', '>', id).delete();
      await db.raw(`select setval(pg_get_serial_sequence(?, 'id')::regclass, greatest(?, 1), ? > 0)`, [
        table,
        id,
        id,
      ]);
    }
    for (const row of await db('remote_record').select('system', 'entity', 'remote_id')) {
      if (!known.has(Object.values(row as Record<string, unknown>).join()))
        await db('remote_record').where(row).delete();
    }
  };
};

describe('what a restore lost', () => {
  const hermes = useHermes();
  beforeEach(() => hermes.reset());

  const sizes = () => {
    const { organizations, persons, deals } = hermes.pipedrive;
    return [organizations.size, persons.size, deals.size];
  };

  /** The last sync is a while ago, so that nothing is collected before the next one. */
  const rest = (): Promise<unknown> =>
    hermes
      .db('company')
      .update({ pipedrive_synced_at: hermes.db.raw("pipedrive_synced_at - interval '1 minute'") });

  const loseAll = async (restore: () => Promise<void>): Promise<void> => {
    await restore();
    await rest();
    await noteRestore(hermes.db);
    hermes.pipedrive.requests.clear();
  };

  it('is taken over in Pipedrive when TutorCruncher tells of it again, and carries the new ids', async () => {
    const restore = await moment(hermes);
    hermes.tc2.createClient({});
    await hermes.quiet();
    assert.deepEqual(sizes(), [1, 1, 1]);

    await loseAll(restore);
    hermes.tc2.resendAll();
    await hermes.quiet();

    assert.deepEqual(sizes(), [1, 1, 1]);
    for (const [entity, table, records] of [
      ['organization', 'company', hermes.pipedrive.organizations],
      ['person', 'contact', hermes.pipedrive.persons],
      ['deal', 'deal', hermes.pipedrive.deals],
    ] as const) {
      const key = await fieldKey(hermes, entity, 'hermes_id');
      const [record] = records.values();
      const row = (await hermes.db(table).first('id')) as { id: number };
      assert.ok(row.id > 10_000);
      assert.equal(record?.custom_fields[key], String(row.id));
    }
  });

  it('is told from what people made: theirs stays theirs, as SYN-54 says', async () => {
    hermes.tc2.createClient({});
    await hermes.quiet();
    const restore = await moment(hermes);
    await rest();
    const recipient = {
      id: 70999,
      first_name: 'Tom',
      last_name: 'Tide',
      email: 'tom@harbour-tutors.example',
    };
    hermes.tc2.changeClient(70412, { paid_recipients: [recipient] });
    await hermes.quiet();
    assert.deepEqual(sizes(), [1, 2, 1]);
    const [nell, tom] = [...hermes.pipedrive.persons.values()];
    assert.ok(nell && tom);
    const byHand = hermes.pipedrive.app.create('person', {
      name: 'Tom Tide',
      org_id: tom.org_id,
      emails: [{ value: recipient.email, label: 'work', primary: true }],
    });

    await loseAll(restore);
    hermes.tc2.resendAll();
    await hermes.quiet();

    assert.deepEqual(sizes(), [1, 3, 1]);
    const linked = await hermes.db('contact').orderBy('id').pluck('pd_person_id');
    assert.deepEqual(linked, [nell.id, tom.id]);
    assert.ok(byHand.id > tom.id);
  });

  it('is found by its own id when the backup fell between the record and its link', async () => {
    hermes.tc2.createClient({});
    await hermes.quiet();
    const { id } = (await hermes.db('company').first('id')) as { id: number };
    await loseAll(async () => {
      await hermes.db('company').update({ pd_org_id: null });
      await hermes.db('contact').update({ pd_person_id: null });
      await hermes.db('deal').update({ pd_deal_id: null });
      await hermes.db('remote_record').where({ system: 'pipedrive' }).delete();
    });
    await changeCompany(hermes, id);
    await sync(hermes, id);
    await hermes.quiet();
    assert.deepEqual(sizes(), [1, 1, 1]);
    assert.deepEqual(writesMade(hermes), []);
  });

  it('keeps what people did with a deal meanwhile', async () => {
    const restore = await moment(hermes);
    hermes.tc2.createClient({});
    await hermes.quiet();
    const [deal] = hermes.pipedrive.deals.values();
    assert.ok(deal);
    hermes.pipedrive.app.update('deal', deal.id, { status: 'won', title: 'Harbour, two branches' });

    await loseAll(restore);
    hermes.tc2.resendAll();
    await hermes.quiet();

    assert.deepEqual(sizes(), [1, 1, 1]);
    const row = await hermes.db('deal').first('pd_deal_id', 'status');
    assert.deepEqual(row, { pd_deal_id: deal.id, status: 'won' });
    assert.equal(hermes.pipedrive.deals.get(deal.id)?.title, 'Harbour, two branches');
  });

  it('is heard of again when people change it in Pipedrive', async () => {
    hermes.tc2.createClient({});
    await hermes.quiet();
    const [organization] = hermes.pipedrive.organizations.values();
    const [harbour] = hermes.pipedrive.deals.values();
    assert.ok(organization && harbour);
    const restore = await moment(hermes);
    const keys = await Promise.all(['person', 'deal'].map((entity) => fieldKey(hermes, entity, 'hermes_id')));
    const [personKey = '', dealKey = ''] = keys;
    const ours = { org_id: organization.id, custom_fields: { [personKey]: '5' } };
    const person = hermes.pipedrive.app.create('person', { name: 'Tom Tide', ...ours });
    const deal = hermes.pipedrive.app.create('deal', {
      title: 'A second branch',
      org_id: organization.id,
      stage_id: harbour.stage_id,
      custom_fields: { [dealKey]: '5' },
    });

    await loseAll(restore);
    hearPipedrive(hermes);
    hermes.pipedrive.app.update('person', person.id, { name: 'Tom Tidewater' });
    hermes.pipedrive.app.update('deal', deal.id, { title: 'A third branch' });
    await hermes.pipedrive.webhooks.delivery.idle();
    await hermes.quiet();
    const contact = await hermes.db('contact').where({ pd_person_id: person.id }).first('last_name');
    assert.deepEqual(contact, { last_name: 'Tidewater' });
    const row = await hermes.db('deal').where({ pd_deal_id: deal.id }).first('name', 'status');
    assert.deepEqual(row, { name: 'A third branch', status: 'open' });
  });

  it('is found by its name and its lost id where no search leads to it', async () => {
    await noteRestore(hermes.db);
    const [idKey, companyId] = [
      await fieldKey(hermes, 'organization', 'hermes_id'),
      await addCompany(hermes),
    ];
    hermes.pipedrive.seed({
      organizations: [
        { id: 20, name: 'Harbour Tutors', custom_fields: { [idKey]: '99999' } },
        { id: 21, name: 'Harbour Tutors', custom_fields: { [idKey]: '5' } },
        { id: 22, name: 'Lighthouse', custom_fields: { [idKey]: '6' } },
      ],
    });
    await sync(hermes, companyId);
    assert.equal(hermes.pipedrive.organizations.size, 3);
    const row = await hermes.db('company').where({ id: companyId }).first('pd_org_id');
    assert.deepEqual(row, { pd_org_id: 21 });
  });

  it('is looked for once, with one call for each new record; then the record is made', async () => {
    await noteRestore(hermes.db);
    const companyId = await addCompany(hermes);
    await addContact(hermes, companyId);
    await sync(hermes, companyId);
    assert.deepEqual(sizes(), [1, 1, 0]);
    assert.deepEqual(
      callsMade(hermes).filter((call) => !call.includes('search')),
      ['GET organizations', 'POST organizations', 'GET persons', 'POST persons'],
    );
  });
});
