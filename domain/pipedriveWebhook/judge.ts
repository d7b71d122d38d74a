/** Judges what a report says of a record, field by field, against what Hermes holds and knows of it. */
import { isEmpty, sameValue, type Fields } from '../pipedrive/fields.ts';
import { sameColumn } from '../values/sameColumn.ts';
import type { CopiedField } from './copiedFields.ts';
import { hermesIdsIn } from './hermesIds.ts';
import { isJoined } from './joined.ts';
import {
  isBystander,
  statusOf,
  writesAfter,
  writesAround,
  type FieldStatus,
  type Report,
  type Standing,
} from './news.ts';
import type { KnownSubject } from './subject.ts';

/** The record of Hermes that a report is about. */
export interface JudgedRecord {
  row: Readonly<Record<string, unknown>>;
  /** What Pipedrive should hold of it. */
  wanted: Fields;
  /** A change that Hermes has not sent yet. */
  isBehind: boolean;
  /** It was not linked before: what was known of the remote record was not said of ours. */
  newlyLinked: boolean;
  /** The report is of our own create: all of it is ours. */
  ownCreate: boolean;
}

export interface Judgement {
  /** Columns that become another value. */
  columns: Record<string, unknown>;
  /** Values of custom fields without a column, by field id. */
  values: Map<number, unknown>;
  statuses: Map<string, FieldStatus>;
  /** Flat names of fields that are news and could not be taken over. */
  leftOut: Set<string>;
  standing: Standing;
}

/** Names are free text, in which a comma is nothing unusual. */
const neverJoined: readonly string[] = ['name', 'title'];

const standingOf = ({ record, happenedAt }: KnownSubject, judged: JudgedRecord): Standing => {
  const isUnknown = judged.newlyLinked || record.deleted_at !== null;
  return {
    known: judged.ownCreate ? {} : isUnknown ? null : record.known,
    wanted: judged.wanted,
    recentWrites: writesAround(record.recent_writes, happenedAt),
    laterWrites: writesAfter(record.recent_writes, happenedAt),
    isBehind: judged.isBehind,
  };
};

/** A joined value whose field leaves no doubt shows that the whole record comes from a merge (PDM-27). */
const isMerge = (
  { mergedFrom, report }: KnownSubject,
  fields: readonly CopiedField[],
  idField: string,
): boolean =>
  mergedFrom !== null ||
  hermesIdsIn(report.fields[idField]).length > 1 ||
  fields.some(({ name, field }) => isJoined(name, report.fields[field], { merging: false, held: [] }));

/**
 * Whether a write of ours undid what somebody else had just entered: their report came first and was taken over, then the echo of
 * the write, which was on its way meanwhile. What Hermes holds is to be written once more.
 */
export const hasUndone = (report: Report, { statuses, standing }: Judgement): boolean =>
  [...statuses].some(([field, status]) => {
    if (status !== 'echo' || standing.known === null || !(field in standing.known)) return false;
    const wanted = standing.wanted[field];
    return sameValue(wanted, standing.known[field]) && !sameValue(wanted, report.fields[field]);
  });

/**
 * Fields of which a reading shows a joined value: nobody meant it, so what Hermes holds is to be written once more. What a webhook shows
 * is left to the next reading.
 */
export const joinedFields = (
  { report, isReading }: KnownSubject,
  { statuses }: Judgement,
  wanted: Fields,
): string[] => {
  const isJoinedText = (field: string): boolean =>
    statuses.get(field) === 'silent' &&
    !isEmpty(report.fields[field]) &&
    !isEmpty(wanted[field]) &&
    !sameValue(wanted[field], report.fields[field]);
  return isReading ? [...statuses.keys()].filter(isJoinedText) : [];
};

/**
 * Whether Hermes holds a value that it cannot name in Pipedrive, such as a member of staff who is no user there. What Pipedrive has in
 * its place was there before and replaces nothing, until somebody enters another.
 */
const isUnnamed = (
  { field, column }: CopiedField,
  { isReading, report }: KnownSubject,
  { known, wanted }: Standing,
  row: JudgedRecord['row'],
): boolean =>
  column !== null &&
  !isEmpty(row[column]) &&
  field in wanted &&
  isEmpty(wanted[field]) &&
  isEmpty(known?.[field]) &&
  (isReading || isBystander(field, report));

/**
 * @param fields those that the record takes over
 * @param idField flat name of the field that holds our own id
 */
export const judge = (
  subject: KnownSubject,
  fields: readonly CopiedField[],
  idField: string,
  judged: JudgedRecord,
): Judgement => {
  const { report } = subject;
  const { row, ownCreate } = judged;
  const standing = standingOf(subject, judged);
  const merging = isMerge(subject, fields, idField);
  const judgement: Judgement = {
    columns: {},
    values: new Map(),
    statuses: new Map(),
    leftOut: new Set(),
    standing,
  };
  for (const copied of fields) {
    const { name, field, column, customFieldId, convert } = copied;
    if (!(field in report.fields)) continue;
    const held = [standing.known?.[field], standing.wanted[field], column === null ? undefined : row[column]];
    const isSilent = (value: unknown): boolean =>
      isUnnamed(copied, subject, standing, row) ||
      (!neverJoined.includes(field) && isJoined(name, value, { merging, held }));
    const status = ownCreate ? 'echo' : statusOf(field, report, standing, isSilent);
    judgement.statuses.set(field, status);
    if (status !== 'news') continue;
    const value = convert(report.fields[field]);
    if (value === undefined) judgement.leftOut.add(field);
    else if (customFieldId !== null) judgement.values.set(customFieldId, value);
    else if (column !== null && !sameColumn(row[column], value)) judgement.columns[column] = value;
  }
  return judgement;
};
