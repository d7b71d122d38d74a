/** Brings a database to the newest schema. Safe to run from several processes at once: they take turns. */
import knex, { type Knex } from 'knex';
import { knexLog } from './connection.ts';
import * as initial from './migrations/0001_initial.ts';
import * as replay from './migrations/0002_replay.ts';
import * as callPauses from './migrations/0003_call_pauses.ts';
import * as operators from './migrations/0004_operators.ts';
import * as webhookFinishedAt from './migrations/0005_webhook_finished_at.ts';
import * as callbooker from './migrations/0006_callbooker.ts';
import * as settleInOrder from './migrations/0007_settle_in_order.ts';
import * as createIntentOver from './migrations/0008_create_intent_over.ts';
import * as fieldInDoubt from './migrations/0010_field_in_doubt.ts';
import * as sessionCreated from './migrations/0015_session_created.ts';
import * as webhookTraceParent from './migrations/0020_webhook_trace_parent.ts';
import * as callTokens from './migrations/0021_call_tokens.ts';
import * as reconcilePage from './migrations/0022_reconcile_page.ts';
import * as callTurns from './migrations/0024_call_turns.ts';
import * as heldCalls from './migrations/0030_held_calls.ts';
import * as webhookSource from './migrations/0031_webhook_source.ts';
import * as restore from './migrations/0050_restore.ts';
import * as heldMove from './migrations/0060_held_move.ts';
import * as meetingCalendar from './migrations/0071_meeting_calendar.ts';
import * as largeTables from './migrations/0080_large_tables.ts';
import * as cheaperFunctions from './migrations/0081_cheaper_functions.ts';
import * as intentVersion from './migrations/0082_intent_version.ts';
import { noticeRestore } from './restore.ts';
import { afterCreate } from './session.ts';

interface Migration {
  name: string;
  up: (knex: Knex) => Promise<void>;
}

/** In order; a migration that has landed is never edited. */
const migrations: readonly Migration[] = [
  { name: '0001_initial', up: initial.up },
  { name: '0002_replay', up: replay.up },
  { name: '0003_call_pauses', up: callPauses.up },
  { name: '0004_operators', up: operators.up },
  { name: '0005_webhook_finished_at', up: webhookFinishedAt.up },
  { name: '0006_callbooker', up: callbooker.up },
  { name: '0007_settle_in_order', up: settleInOrder.up },
  { name: '0008_create_intent_over', up: createIntentOver.up },
  { name: '0010_field_in_doubt', up: fieldInDoubt.up },
  { name: '0015_session_created', up: sessionCreated.up },
  { name: '0020_webhook_trace_parent', up: webhookTraceParent.up },
  { name: '0021_call_tokens', up: callTokens.up },
  { name: '0022_reconcile_page', up: reconcilePage.up },
  { name: '0024_call_turns', up: callTurns.up },
  { name: '0030_held_calls', up: heldCalls.up },
  { name: '0031_webhook_source', up: webhookSource.up },
  { name: '0050_restore', up: restore.up },
  { name: '0060_held_move', up: heldMove.up },
  { name: '0071_meeting_calendar', up: meetingCalendar.up },
  { name: '0080_large_tables', up: largeTables.up },
  { name: '0081_cheaper_functions', up: cheaperFunctions.up },
  { name: '0082_intent_version', up: intentVersion.up },
];

const migrationSource: Knex.MigrationSource<Migration> = {
  getMigrations: () => Promise.resolve([...migrations]),
  getMigrationName: (migration) => migration.name,
  getMigration: (migration) =>
    Promise.resolve({
      up: migration.up,
      down: () => Promise.reject(new Error(`${migration.name} cannot be undone: restore a backup instead`)),
    }),
};

/** Any number, the same in every process that migrates. */
const advisoryLock = 7_305_001;

/**
 * Applies the migrations that are missing, and notes when the database was restored from a backup (restore.ts).
 *
 * @param databaseUrl postgresql:// address; its user must be allowed to create tables and the extension btree_gist
 * @returns names of the migrations applied, oldest first
 */
export const migrate = async (databaseUrl: string): Promise<string[]> => {
  const pool = { min: 0, max: 3, afterCreate };
  const db = knex({ client: 'pg', log: knexLog, connection: databaseUrl, pool });
  try {
    return await db.transaction(async (turn) => {
      await turn.raw('select pg_advisory_xact_lock(?)', [advisoryLock]);
      const config = { migrationSource, tableName: 'schema_migration' };
      // We hold the turn, so a lock row that knex finds was left by a killed process.
      await db.migrate.currentVersion(config);
      await db.migrate.forceFreeMigrationsLock(config);
      const [, applied] = (await db.migrate.latest(config)) as [number, string[]];
      await noticeRestore(db);
      return applied;
    });
  } finally {
    await db.destroy();
  }
};
