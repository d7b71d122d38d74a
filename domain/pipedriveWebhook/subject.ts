/** What an event says of the one record that it is about: by its own words, or by what was read for it. */
import { eventMoment } from '../values/freshness.ts';
import { identifierOf } from '../values/identifier.ts';
import { isRecord, recordOf } from '../values/record.ts';
import { customField, type Fields } from '../pipedrive/fields.ts';
import { recordIdOf, type PipedriveEntity } from './envelope.ts';
import type { RecentWrite, Report } from './news.ts';
import { readReport } from './report.ts';

/** What is said of one record, wherever it was said. */
export interface Subject {
  /** Pipedrive's id. */
  id: number;
  report: Report;
  isCreate: boolean;
  /** Read through the API, and so complete. */
  isReading: boolean;
  /** Winner of the merge that ended this record. */
  mergedTo: number | null;
  /** Loser of the merge that this record took over. */
  mergedFrom: number | null;
  happenedAt: Date;
}

/** What Hermes knew of the record before. */
export interface RemoteState {
  known: Fields | null;
  deleted_at: Date | null;
  deletion_ordered_at: Date | null;
  recent_writes: readonly RecentWrite[];
}

/** A subject together with what was known of it. */
export interface KnownSubject extends Subject {
  record: RemoteState;
}

/** An event as the inbox keeps it. */
export interface StoredEvent {
  /** The bytes received; null once they were pruned. */
  body: Buffer | null;
  event_at: Date | null;
  received_at: Date;
  /** When the record was read for the event, and what was read: null where Pipedrive does not have it. */
  read_at: Date | null;
  read_body: unknown;
}

export type SubjectParse = { ok: true; subject: Subject; isDelete: boolean } | { ok: false; message: string };

/** Faults that a message names; the rest says nothing new. */
const namedFaults = 5;

/** Names in flat form that the event lists as changed. */
const changedNames = (previous: unknown): string[] | null => {
  if (!isRecord(previous)) return null;
  return [...Object.keys(previous), ...Object.keys(recordOf(previous.custom_fields)).map(customField)];
};

/** What was read of a record wins over what the event itself says. */
export const readSubject = (event: StoredEvent, entity: PipedriveEntity): SubjectParse => {
  if (event.body === null) return { ok: false, message: 'what was received is kept no longer' };
  const body = recordOf(JSON.parse(event.body.toString('utf8')));
  const meta = recordOf(body.meta);
  const id = recordIdOf(body);
  if (id === null) return { ok: false, message: 'the id of the record is no id' };
  const isReading = event.read_at !== null;
  const subject = {
    id,
    isReading,
    mergedTo: identifierOf(meta.merged_to_id),
    mergedFrom: identifierOf(meta.merged_from_id),
    happenedAt: event.read_at ?? eventMoment(event.event_at, event.received_at),
  };
  const isDelete = isReading ? event.read_body === null : meta.action === 'delete';
  if (isDelete) {
    const report = { fields: {}, fromApp: true, changed: null };
    return { ok: true, subject: { ...subject, report, isCreate: false }, isDelete };
  }
  const parsed = readReport(entity, isReading ? event.read_body : body.data);
  if (!parsed.ok) {
    const faults = parsed.faults.slice(0, namedFaults).join('; ');
    return { ok: false, message: `the ${entity} is not complete: ${faults}` };
  }
  const report: Report = {
    fields: parsed.fields,
    fromApp: !isReading && meta.change_source === 'app',
    changed: isReading ? null : changedNames(body.previous),
  };
  return {
    ok: true,
    subject: { ...subject, report, isCreate: !isReading && meta.action === 'create' },
    isDelete,
  };
};

/** A delete that Hermes ordered ends the record: what was on its way meanwhile is no sign of life. */
export const isAfterlife = (subject: KnownSubject, isDelete: boolean): boolean => {
  const ordered = subject.record.deletion_ordered_at;
  if (ordered === null || isDelete || subject.isReading) return false;
  return !subject.report.fromApp || subject.happenedAt <= ordered;
};

/** A create through the API that carries one id of ours is our own create, whose answer may not be here yet. */
export const isOwnCreate = (subject: Subject, hermesIds: readonly number[]): boolean =>
  subject.isCreate && !subject.report.fromApp && hermesIds.length === 1;
