import assert from 'node:assert/strict';
import { learnFields } from '../../../activities/pipedrive/knowledge.ts';
import { repairJudged } from '../../../activities/reconcile/repair.ts';
import { databaseTime } from '../../../db/clock.ts';
import { useDatabase } from '../../support/database.ts';
import { untilLockIsAwaited } from '../../support/locks.ts';

describe('the repair of what drifted apart', () => {
  const database = useDatabase(3);

  it('leaves a record alone that was written since it was read', async () => {
    const { db } = database;
    const [{ id }] = await db('company').insert({ name: 'Harbour Tutors', pd_org_id: 20 }).returning('id');
    const known = { name: 'Harbour Tutors', website: 'old.example' };
    await learnFields(db, 'organization', 20, known);
    const readAt = await databaseTime(db);
    const linked = { recordId: id, companyId: id, remoteId: 20 };
    const drift = { kind: 'differs' as const, fields: ['name'], unheard: [] };
    const judged = { ...linked, drift, known, reading: { ...known, name: 'Harbour' } };

    const sync = await db.transaction();
    await learnFields(sync, 'organization', 20, { website: 'new.example' });
    const repairing = repairJudged(db, 'organization', [judged], new Map(), readAt);
    await untilLockIsAwaited(db);
    await sync.commit();
    assert.deepEqual(await repairing, { events: 0, syncs: new Set() });
    const row = await db('remote_record').where({ remote_id: 20 }).first('known');
    assert.deepEqual(row.known, { name: 'Harbour Tutors', website: 'new.example' });

    const again = { ...judged, known: row.known };
    const { syncs } = await repairJudged(db, 'organization', [again], new Map(), await databaseTime(db));
    assert.deepEqual([...syncs], [id]);
  });
});
