/** An import from the Python service, from the snapshot of its database to the last check, in one transaction of ours. */
import type { Knex } from 'knex';
import type { Database } from '../../db/connection.ts';
import { checkAll, type Findings } from './check.ts';
import {
  copyAll,
  copyCustomValues,
  countAll,
  countCustomValues,
  countForPlans,
  findConflicts,
  type Counts,
  type CustomValueCount,
} from './copy.ts';
import { withPythonSource } from './source.ts';
import { stageAll } from './stage.ts';
import type { TableName } from './tables.ts';

export interface PythonImportOptions {
  db: Database;
  /** postgresql:// address of the Python service's database. */
  from: string;
  /** IANA zone in which it wrote its moments. */
  timeZone: string;
  dryRun: boolean;
  /** Goes on without the rows that have faults. */
  leaveOut: boolean;
  onRows: (table: TableName, rows: number) => void;
}

export interface PythonImport {
  /** `blocked`: nothing was kept. */
  state: 'imported' | 'wouldImport' | 'blocked';
  /** Why it is blocked, besides faults. */
  reason: string | null;
  revision: string | null;
  sourceTimeZone: string;
  findings: Findings;
  counts: Counts;
  customValues: CustomValueCount[];
}

/** Ends the transaction without keeping anything. */
class NothingKept extends Error {
  override name = 'NothingKept';
  readonly outcome: PythonImport;

  constructor(outcome: PythonImport) {
    super('nothing is kept');
    this.outcome = outcome;
  }
}

/** Any number, the same in every process that imports. */
const advisoryLock = 7_305_002;

/** Once Hermes has changed records itself, the Python database is not the truth about them any more. */
const hasWorked = async (trx: Knex.Transaction): Promise<boolean> => {
  const { rows } = await trx.raw<{ rows: [{ worked: boolean }] }>(
    `select exists (select 1 from webhook where outcome = 'applied')
       or exists (select 1 from company where wanted_version > 0) as worked`,
  );
  return rows[0].worked;
};

const blockOf = (
  findings: Findings,
  worked: boolean,
  conflicts: number,
  leaveOut: boolean,
): string | null => {
  if (worked) {
    return 'Hermes has changed records of this database itself: import into an empty one (docs/migrating.md).';
  }
  if (conflicts > 0) {
    return 'Rows of the configuration have other ids here: import first, and apply the configuration file afterwards.';
  }
  if (findings.faults.length > 0 && !leaveOut) {
    return 'Put the faults right in the source, or say --leave-out to go on without those rows and what hangs on them.';
  }
  return null;
};

/** What was kept is read back: every row here equals the row that was read. */
const mustBeEqual = (counts: Counts): void => {
  const unequal = Object.entries(counts).filter(
    ([, { added, changed, removed }]) => added + changed + removed > 0,
  );
  if (unequal.length > 0) {
    throw new Error(`rows differ after the copy: ${unequal.map(([table]) => table).join(', ')}`);
  }
};

/** Imports, or says what an import would do. Nothing is kept unless all of it is. */
export const importPython = async (options: PythonImportOptions): Promise<PythonImport> =>
  withPythonSource(options.from, options.timeZone, async (source) => {
    try {
      return await options.db.transaction(async (trx) => {
        await trx.raw('select pg_advisory_xact_lock(?)', [advisoryLock]);
        await stageAll(trx, source, options.onRows);
        const findings = await checkAll(trx);
        const conflicts = await findConflicts(trx);
        findings.faults.push(...conflicts);
        const counts = await countAll(trx);
        const reason = blockOf(findings, await hasWorked(trx), conflicts.length, options.leaveOut);
        const outcome: PythonImport = {
          state: reason !== null ? 'blocked' : options.dryRun ? 'wouldImport' : 'imported',
          reason,
          revision: source.revision,
          sourceTimeZone: source.timeZone,
          findings,
          counts,
          customValues: await countCustomValues(trx),
        };
        if (outcome.state !== 'imported') throw new NothingKept(outcome);
        await copyAll(trx);
        await copyCustomValues(trx);
        await countForPlans(trx);
        mustBeEqual(await countAll(trx));
        return outcome;
      });
    } catch (error) {
      if (error instanceof NothingKept) return error.outcome;
      throw error;
    }
  });
