/**
 * Which fields of a report are news.
 *
 * A report shows all that a record holds, also what we wrote ourselves and what Hermes has meanwhile changed and not yet sent. A field is
 * news only when somebody else gave it another value: it differs from what the record was known to hold, and it is not the echo of a
 * write of ours. The echo may come before our call has returned, several times, or after a newer change: what was sent is remembered
 * before it is sent, and only the newest write says what the record holds. So does a write that came after a person's edit of another
 * field: the edit shows the whole record as it was before.
 */
import { isEmpty, sameValue, type Fields } from '../pipedrive/fields.ts';

export interface RecentWrite {
  /** ISO moment at which it was about to be sent. */
  at: string;
  fields: Fields;
}

/** What Hermes holds and knows of a record. */
export interface Standing {
  /** What the record was last known to hold in Pipedrive; null while nothing is known. */
  known: Fields | null;
  /** What it should hold by what Hermes has. */
  wanted: Fields;
  recentWrites: readonly RecentWrite[];
  /** Writes that came after what the report tells of. */
  laterWrites: readonly RecentWrite[];
  /** A change that Hermes has not sent yet. */
  isBehind: boolean;
}

export interface Report {
  fields: Fields;
  /** A person's edit in the web application is never our echo. */
  fromApp: boolean;
  /** Names that the event lists as changed; null where it does not say. */
  changed: readonly string[] | null;
}

export type FieldStatus =
  /** Empty or joined: it says nothing, neither of Hermes nor of Pipedrive. */
  | 'silent'
  /** Ours, and the newest we wrote. */
  | 'echo'
  /** Ours, but something newer was written since. */
  | 'oldEcho'
  /** Not what the event is about, and written by us since. */
  | 'overwritten'
  /** As it was known, or as Hermes has it. */
  | 'same'
  /** Older than what Hermes holds and has not sent. */
  | 'outdated'
  | 'news';

/** Clocks differ, and a call takes its time: an echo happened this near to its write, however late it comes. */
const echoWindowMs = 10 * 60_000;

/** The writes whose echo an event of that moment may be. */
export const writesAround = (writes: readonly RecentWrite[], happenedAt: Date): RecentWrite[] =>
  writes.filter(({ at }) => Math.abs(Date.parse(at) - happenedAt.getTime()) <= echoWindowMs);

/** The writes that came after that moment. Clocks may differ: what happened at nearly the same time is not told apart by it. */
export const writesAfter = (writes: readonly RecentWrite[], happenedAt: Date): RecentWrite[] =>
  writes.filter(({ at }) => Date.parse(at) > happenedAt.getTime());

const newestWrite = (writes: readonly RecentWrite[], name: string): RecentWrite | undefined =>
  writes.findLast(({ fields }) => name in fields);

/** Writes replace a person's whole list of addresses: sameValue compares element by element and part by part. */
const isWrite = (write: RecentWrite, name: string, value: unknown): boolean =>
  name in write.fields && sameValue(write.fields[name], value);

/** Whether the event says what it is about, and this field is not that. */
export const isBystander = (name: string, { changed }: Report): boolean =>
  changed !== null && changed.length > 0 && !changed.includes(name);

/** @param isSilent whether a value says nothing (joined by a merge, say); an empty one never does */
export const statusOf = (
  name: string,
  report: Report,
  standing: Standing,
  isSilent: (value: unknown) => boolean,
): FieldStatus => {
  const value = report.fields[name];
  if (isEmpty(value) || isSilent(value)) return 'silent';
  const { known, wanted, recentWrites, laterWrites } = standing;
  if (!report.fromApp) {
    const newest = newestWrite(recentWrites, name);
    if (newest !== undefined && isWrite(newest, name, value)) return 'echo';
    if (recentWrites.some((write) => isWrite(write, name, value))) return 'oldEcho';
  }
  const isKnown = known !== null && name in known;
  if (isKnown && sameValue(value, known[name])) return 'same';
  if (name in wanted && sameValue(wanted[name], value)) return 'same';
  if (isBystander(name, report) && newestWrite(laterWrites, name) !== undefined) return 'overwritten';
  if (!isKnown && standing.isBehind && report.changed !== null && !report.changed.includes(name)) {
    return 'outdated';
  }
  return 'news';
};

export interface LearnOptions {
  /** Fields that are believed as they are, empty or joined ones too: what Hermes must write is found by them. */
  asIs: readonly string[];
  /** Fields whose value Hermes keeps as reported, beyond those wanted: status, stage, lists of addresses. */
  verbatim: readonly string[];
  /** Fields that were news and could not be taken over. */
  leftOut: ReadonlySet<string>;
  /** Nothing was pending before the event: what it does not speak of is as Hermes has it. */
  settled: boolean;
}

/**
 * What the record is known to hold after a report.
 *
 * What the event says nothing of stays as it was known, so that a change made in Pipedrive causes no writing there.
 *
 * @param wanted after the report was applied
 * @param statuses of the fields that were judged
 * @returns null when still nothing is known: the record is read before it is written
 */
export const learned = (
  report: Report,
  standing: Standing,
  wanted: Fields,
  statuses: ReadonlyMap<string, FieldStatus>,
  { asIs, verbatim, leftOut, settled }: LearnOptions,
): Fields | null => {
  if (standing.known === null && !settled) return null;
  const known: Fields = { ...standing.known };
  for (const name of new Set([...Object.keys(wanted), ...verbatim, ...asIs])) {
    const value = report.fields[name];
    if (asIs.includes(name)) {
      if (name in report.fields) known[name] = value;
      continue;
    }
    const status =
      leftOut.has(name) || !(name in report.fields) ? 'silent' : (statuses.get(name) ?? 'silent');
    if (status === 'silent' || status === 'oldEcho' || status === 'overwritten') {
      if (standing.known === null && name in wanted) known[name] = wanted[name];
    } else if (status === 'news' && !verbatim.includes(name)) {
      // Hermes may keep it in a form of its own, which is no reason to write.
      known[name] = wanted[name];
    } else known[name] = value;
  }
  return known;
};
