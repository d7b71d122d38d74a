import assert from 'node:assert/strict';
import { endTurn, takeTurn, type CallLimits } from '../../activities/downstream/limiter.ts';
import { connectDatabase, type Database } from '../../db/connection.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const calls: CallLimits = { windows: [{ bucket: 'pipedrive', max: 100_000 }], periodSeconds: 2 };
const searches: CallLimits = {
  windows: [{ bucket: 'pipedrive-search', max: 100_000 }, ...calls.windows],
  periodSeconds: 2,
};

describe('activities/downstream/limiter, many at once', () => {
  let database: TestDatabase;
  let db: Database;
  before(async () => {
    database = await createTestDatabase();
    db = connectDatabase(database.url, 12);
  });
  after(async () => {
    await db.destroy();
    await database.drop();
  });

  it('lets searches and other calls take and end their turns without waiting for each other in a circle', async () => {
    const lane = async (index: number): Promise<number> => {
      let turns = 0;
      for (let call = 0; call < 25; call += 1) {
        const limits = (index + call) % 2 === 0 ? calls : searches;
        const turn = await takeTurn(db, limits, new AbortController().signal);
        await endTurn(db, limits, turn);
        turns += 1;
      }
      return turns;
    };
    const turns = await Promise.all(Array.from({ length: 12 }, (_, index) => lane(index)));
    assert.equal(
      turns.reduce((sum, count) => sum + count, 0),
      300,
    );
  });
});
