import assert from 'node:assert/strict';
import { createFieldMapReader } from '../../../activities/hermes/fieldMap.ts';
import { loadCompanyState, type CompanyState } from '../../../activities/pipedrive/companyState.ts';
import type { FieldMap } from '../../../domain/pipedrive/fieldMap.ts';
import { readEnvironment } from '../../../environment/environment.ts';
import { useDatabase } from '../../support/database.ts';
import { rowsMet } from '../../support/rowsMet.ts';

/** Of a company's own rows, and of the configuration, a sync meets a few. */
const manyRows = 50;

describe('what a sync compares', () => {
  const database = useDatabase(1);

  const fieldMap = () => createFieldMapReader(database.db)();
  const load = async (companyId: number, map?: FieldMap, db = database.db): Promise<CompanyState | null> =>
    loadCompanyState(
      db,
      readEnvironment({ DATABASE_URL: database.url }),
      map ?? (await fieldMap()),
      companyId,
    );

  it('SYN-01: a company that is gone is nothing', async () => {
    assert.equal(await load(1), null);
  });

  it('is what the tables hold, moments and empty values included, also after a migration added a column', async () => {
    await database.db.raw(`
      insert into admin (id, username, first_name, last_name, timezone) values (4, 'a@b.example', 'Ada', 'Boole', 'Europe/London');
      insert into company (id, name, sales_person_id, pay0_dt, pd_org_id) values (1, 'Örsted & Søn', 4, '2026-03-29 01:30:00.123+02', 9);
      insert into contact (id, company_id, last_name) values (2, 1, 'Harbour'), (3, 1, 'Quay');
      insert into pipeline (id, pd_pipeline_id, name) values (1, 51, 'PAYG');
      insert into stage (id, pd_stage_id, name, pipeline_id) values (1, 61, 'New', 1);
      insert into deal (id, company_id, name, pipeline_id, stage_id) values (5, 1, 'Deal', 1, 1);
      insert into meeting (id, company_id, admin_id, contact_id, meeting_type, start_time, end_time, activity_wanted)
        values (6, 1, 4, 2, 'sales', '2026-11-02 10:00+00', '2026-11-02 10:30+00', true);
      insert into remote_record (system, entity, remote_id, known) values ('pipedrive', 'organization', 9, '{"name": "x"}');
    `);
    const check = async (): Promise<void> => {
      const state = await load(1);
      assert.deepEqual(state?.company, await database.db('company').where({ id: 1 }).first());
      assert.deepEqual(state?.contacts, await database.db('contact').where({ company_id: 1 }).orderBy('id'));
      const deal = (await database.db('deal').where({ id: 5 }).first()) as object;
      assert.deepEqual(state?.deals, [{ ...deal, pd_pipeline_id: 51, pd_stage_id: 61 }]);
      assert.deepEqual(state?.meetings, await database.db('meeting').where({ id: 6 }));
      assert.deepEqual(state?.input.company.known, { name: 'x' });
    };
    await check();
    await database.db.raw(
      `alter table company add column added_by_a_newer_release timestamptz default now()`,
    );
    await database.db.raw('alter table company drop column added_by_a_newer_release');
    await database.db.raw('alter table contact add column added_by_a_newer_release text');
    await check();
  });

  it('reads the rows of one company only, however many there are by then, with a plan made while the tables were empty', async () => {
    await database.db.raw('truncate company, remote_record cascade');
    // As often as it takes PostgreSQL to settle for a plan of its own for any company.
    for (let time = 0; time < 8; time += 1) await load(1);
    await database.db.raw(`
      insert into company (id, name, pd_org_id) select n, 'c', n from generate_series(1, 2000) as n;
      insert into contact (id, company_id, last_name, pd_person_id) select n, n, 'l', n from generate_series(1, 2000) as n;
      insert into deal (id, company_id, name, pd_deal_id) select n, n, 'd', n from generate_series(1, 2000) as n;
      insert into custom_field (id, machine_name, name, entity, type) values (1, 'note', 'Note', 'person', 'str');
      insert into custom_field_value (custom_field_id, contact_id, value) select 1, n, '1' from generate_series(1, 2000) as n;
      insert into remote_record (system, entity, remote_id, known)
        select 'pipedrive', entity, n, '{}'
        from generate_series(1, 2000) as n, unnest(array['organization', 'person', 'deal']) as entity;
    `);
    const map = await fieldMap();
    const met = await rowsMet(database.db, async (trx) => {
      assert.equal((await load(7, map, trx))?.contacts.length, 1);
    });
    assert.deepEqual(
      Object.entries(met).filter(([, rows]) => rows > manyRows),
      [],
    );
  });
});
