import assert from 'node:assert/strict';
import { createFieldMapReader } from '../../../activities/hermes/fieldMap.ts';
import { loadCompanyState, type CompanyState } from '../../../activities/pipedrive/companyState.ts';
import { readEnvironment } from '../../../environment/environment.ts';
import { useDatabase } from '../../support/database.ts';

/** What EXPLAIN says of a step of a plan. */
interface PlanNode {
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: PlanNode[];
}

/** Tables of a few rows, which may be read whole. */
const configuration = ['admin', 'pipeline', 'stage'];

/** Of a company's own rows a step meets a few. */
const manyRows = 50;

const tablesReadWhole = (node: PlanNode): string[] => {
  const met =
    (node['Actual Rows'] +
      (node['Rows Removed by Filter'] ?? 0) +
      (node['Rows Removed by Index Recheck'] ?? 0)) *
    node['Actual Loops'];
  const own = node['Relation Name'] !== undefined && met > manyRows ? [node['Relation Name']] : [];
  return [...own, ...(node.Plans ?? []).flatMap(tablesReadWhole)];
};

describe('what a sync compares', () => {
  const database = useDatabase(1);

  const load = async (companyId: number): Promise<CompanyState | null> =>
    loadCompanyState(
      database.db,
      readEnvironment({ DATABASE_URL: database.url }),
      await createFieldMapReader(database.db)(),
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
    const { rows } = await database.db.raw<{ rows: { parameters: number }[] }>(
      `select cardinality(parameter_types) as parameters from pg_prepared_statements where name = 'company_state'`,
    );
    const companies = Array.from({ length: rows[0]?.parameters ?? 0 }, () => 7).join();
    const {
      rows: [plan],
    } = await database.db.raw<{ rows: [{ 'QUERY PLAN': [{ Plan: PlanNode }] }] }>(
      `explain (analyze, format json) execute company_state(${companies})`,
    );
    assert.deepEqual(
      tablesReadWhole(plan['QUERY PLAN'][0].Plan).filter((table) => !configuration.includes(table)),
      [],
    );
  });
});
