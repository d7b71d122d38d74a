/**
 * What is wrong with the rows that were read. Faults are rows that Hermes's tables would refuse or that make no sense; notes are worth
 * knowing. All rules are statements over the temporary tables, in the order of the tables, so that a row that is left out takes what
 * hangs on it along.
 */
import type { Knex } from 'knex';
import { incoming } from './stage.ts';
import { pythonTables, type PythonTable, type TableName } from './tables.ts';

export interface Finding {
  table: TableName;
  /** What is the matter with the rows. */
  text: string;
  /** The first of them, by id. */
  ids: number[];
  rows: number;
}

export interface Findings {
  faults: Finding[];
  notes: Finding[];
  /** Rows left out for a fault, per table. */
  leftOut: Partial<Record<TableName, number>>;
}

const shownIds = 10;

interface Rule {
  text: string;
  /** Condition over a row `i`. */
  where: string;
}

const quoted = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(', ');

const faultsOf = ({ name, unique, references, choices }: PythonTable): Rule[] => [
  ...unique.map((column) => ({
    text: `${column} is that of a row before`,
    where: `i.${column} is not null and exists
      (select 1 from ${incoming(name)} as o where o.${column} = i.${column} and o.id < i.id)`,
  })),
  ...references
    .filter(({ required }) => required)
    .map(({ column, table }) => ({
      text: `${column} names no ${table}`,
      where: `not exists (select 1 from ${incoming(table)} as o where o.id = i.${column})`,
    })),
  ...Object.entries(choices).map(([column, values]) => ({
    text: `${column} is none of ${values.join(', ')}`,
    where: `i.${column} is null or i.${column} not in (${quoted(values)})`,
  })),
];

const clockPattern = '^([01][0-9]|2[0-3]):[0-5][0-9]$';

const moreFaults: Partial<Record<TableName, readonly Rule[]>> = {
  config: [
    {
      text: 'the length or the buffer of meetings is out of bounds',
      where: 'i.meeting_dur_mins not between 1 and 1440 or i.meeting_buffer_mins not between 0 and 1440',
    },
    {
      text: 'a meeting hour is not of the form HH:MM',
      where: `i.meeting_min_start !~ '${clockPattern}' or i.meeting_max_end !~ '${clockPattern}'`,
    },
  ],
};

const knownPlans = ['payg', 'startup', 'enterprise'];
const knownStatuses =
  'pending_email_conf trial active active-not-paying suspended terminated in-arrears'.split(' ');

const notes: Partial<Record<TableName, readonly Rule[]>> = {
  admin: [
    {
      text: 'the time zone is unknown: no slots are offered in it',
      where: `not exists (select 1 from pg_timezone_names as z where z.name = i.timezone)`,
    },
    {
      text: 'the user name, which is the calendar, is that of another admin',
      where: `exists (select 1 from incoming_admin as o where lower(o.username) = lower(i.username) and o.id <> i.id)`,
    },
  ],
  config: [
    {
      text: 'there is a row before, which is the one that holds',
      where: 'exists (select 1 from incoming_config as o where o.id < i.id)',
    },
  ],
  company: [
    {
      text: 'the price plan is unknown: kept as it is, and payg with the next event of TC2 (TCC-38)',
      where: `i.price_plan not in (${quoted(knownPlans)})`,
    },
    {
      text: 'the status is none that TC2 is known to have: kept as it is',
      where: `i.tc2_status not in (${quoted(knownStatuses)})`,
    },
    { text: 'the count of paid invoices is negative: kept as it is', where: 'i.paid_invoice_count < 0' },
    {
      text: 'deleted, but linked to an organization: the link is kept, and nothing is sent',
      where: 'i.is_deleted and i.pd_org_id is not null',
    },
  ],
  contact: [
    {
      text: 'a contact of another company has the same e-mail: the newest is found first (CBS-27)',
      where: `i.email <> '' and exists (select 1 from incoming_contact as o
        where lower(o.email) = lower(i.email) and o.company_id <> i.company_id)`,
    },
  ],
  deal: [
    {
      text: 'the contact is of another company: kept as it is',
      where: `exists (select 1 from incoming_contact as o where o.id = i.contact_id and o.company_id <> i.company_id)`,
    },
  ],
  meeting: [
    { text: 'it ends before it starts: kept as it is', where: 'i.end_time < i.start_time' },
    {
      text: 'planned and still to come: the calendar keeps its time free, Hermes holds no slot for it',
      where: `i.status = 'PLANNED' and i.start_time > now()`,
    },
  ],
};

const find = async (trx: Knex.Transaction, table: TableName, { text, where }: Rule): Promise<Finding[]> => {
  const { rows } = await trx.raw<{ rows: [{ rows: number; ids: number[] | null }] }>(
    `select count(*)::int as rows, (array_agg(i.id order by i.id))[1:${shownIds}] as ids
       from ${incoming(table)} as i where ${where}`,
  );
  const [found] = rows;
  return found.rows === 0 ? [] : [{ table, text, rows: found.rows, ids: found.ids ?? [] }];
};

/** References to rows that do not exist, of columns that may be empty: emptied, and noted. */
const emptyReferences = async (trx: Knex.Transaction, table: PythonTable): Promise<Finding[]> => {
  const found: Finding[] = [];
  for (const { column, table: target, required } of table.references) {
    if (required) continue;
    const where = `i.${column} is not null and not exists
      (select 1 from ${incoming(target)} as o where o.id = i.${column})`;
    found.push(...(await find(trx, table.name, { text: `${column} names no ${target}: left empty`, where })));
    await trx.raw(`update ${incoming(table.name)} as i set ${column} = null where ${where}`);
  }
  return found;
};

/**
 * Checks what was staged, takes faulty rows out of it, and empties references to nothing.
 *
 * Whether the import may go on without the faulty rows is the caller's to say.
 */
export const checkAll = async (trx: Knex.Transaction): Promise<Findings> => {
  const findings: Findings = { faults: [], notes: [], leftOut: {} };
  for (const table of pythonTables) {
    const rules = [...faultsOf(table), ...(moreFaults[table.name] ?? [])];
    for (const rule of rules) findings.faults.push(...(await find(trx, table.name, rule)));
    let leftOut = 0;
    // One by one: PostgreSQL joins for a single condition, and would look up row by row for several at once.
    for (const { where } of rules) {
      const { rowCount } = await trx.raw<{ rowCount: number }>(
        `delete from ${incoming(table.name)} as i where ${where}`,
      );
      leftOut += rowCount;
    }
    if (leftOut > 0) findings.leftOut[table.name] = leftOut;
    findings.notes.push(...(await emptyReferences(trx, table)));
    for (const rule of notes[table.name] ?? []) findings.notes.push(...(await find(trx, table.name, rule)));
  }
  return findings;
};
