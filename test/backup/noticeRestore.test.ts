import assert from 'node:assert/strict';
import { databaseCheck } from '../../cli/doctor/database.ts';
import { migrate } from '../../db/migrate.ts';
import { readEnvironment } from '../../environment/environment.ts';
import { useDatabase } from '../support/database.ts';

describe('a restore that nobody told of', () => {
  const database = useDatabase();

  const nextId = async (table: string): Promise<number> => {
    const { rows } = await database.db.raw<{ rows: [{ id: number }] }>(
      `select nextval(pg_get_serial_sequence(?, 'id')::regclass) as id`,
      [table],
    );
    return rows[0].id;
  };

  it('is noticed by db migrate, once, and named by the doctor', async () => {
    await migrate(database.url);
    assert.equal(await nextId('contact'), 1);
    await database.db('database_origin').update({ timeline: '00000000' });

    const settings = { DATABASE_URL: database.url };
    const environment = readEnvironment({ ...settings, SIGNING_KEY: 'key', TC2_API_KEY: 'key' });
    const said = await databaseCheck.look({ db: database.db, environment, settings, now: new Date() });
    assert.deepEqual(
      said.filter(({ status }) => status === 'fail').map(({ advice }) => advice),
      ['Run `npm run hermes -- db restored`, and follow docs/backup.md.'],
    );

    await migrate(database.url);
    assert.equal(await nextId('contact'), 10_002);
    assert.equal(await nextId('webhook'), 1_000_001);
    await migrate(database.url);
    assert.equal(await nextId('contact'), 10_003);
    const lost = await database.db('lost_ids').orderBy('id').select('entity', 'after', 'upto');
    assert.deepEqual(lost, [
      { entity: 'organization', after: 0, upto: 10_000 },
      { entity: 'person', after: 1, upto: 10_001 },
      { entity: 'deal', after: 0, upto: 10_000 },
    ]);
  });
});
