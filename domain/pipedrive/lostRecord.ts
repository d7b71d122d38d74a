/**
 * Recognising what Hermes made in Pipedrive before its database was restored to an older moment. Such a record carries an id that
 * Hermes does not know any more, and must be taken over instead of made a second time.
 */
import { hermesIdsIn } from '../pipedriveWebhook/hermesIds.ts';
import { customField, isEmpty, type Fields } from './fields.ts';

/** Ids above `after` and up to `upto`: given to nothing, but to what a restore lost. */
export interface LostIds {
  after: number;
  upto: number;
}

/** Whether all of the ids were lost. */
export const areLost = (ids: readonly number[], lost: readonly LostIds[]): boolean =>
  ids.length > 0 && ids.every((id) => lost.some(({ after, upto }) => id > after && id <= upto));

export interface FoundRecord {
  id: number;
  is_deleted?: boolean | null | undefined;
  custom_fields?: unknown;
  [name: string]: unknown;
}

export interface SoughtRecord {
  /** Our id. */
  id: number;
  wanted: Fields;
  /** Addresses of other contacts of the company: their persons are not this one. */
  otherEmails: readonly string[];
  /** Keys of custom fields; undefined where they are not mapped. */
  keys: { hermesId: string | undefined; clientUrl: string | undefined };
}

const customOf = (record: FoundRecord): Record<string, unknown> =>
  typeof record.custom_fields === 'object' && record.custom_fields !== null
    ? (record.custom_fields as Record<string, unknown>)
    : {};

const plain = (text: unknown): string => (typeof text === 'string' ? text.trim().toLowerCase() : '');

const emailsIn = (details: unknown): string[] =>
  (Array.isArray(details) ? details : []).map((one: { value?: unknown }) => plain(one.value)).filter(Boolean);

/** 0: not the same. 3: the same by what it says alone. Between them: the same when its id was lost, the greater the likelier. */
type Likeness = 0 | 1 | 2 | 3;

const likePerson = (record: FoundRecord, { wanted, otherEmails }: SoughtRecord): Likeness => {
  const theirs = emailsIn(record['emails']);
  if (emailsIn(wanted['emails']).some((email) => theirs.includes(email))) return 3;
  if (theirs.some((email) => otherEmails.some((other) => plain(other) === email))) return 0;
  return plain(record['name']) === plain(wanted['name']) ? 1 : 0;
};

/** Hermes has one open deal per company: the deal of ours under its organization is that one, whatever people call it now. */
const likeDeal = (record: FoundRecord, { wanted }: SoughtRecord): Likeness => {
  if (record['status'] !== 'open') return 1;
  return plain(record['title']) === plain(wanted['title']) ? 3 : 2;
};

const likeOrganization = (record: FoundRecord, { wanted, keys }: SoughtRecord): Likeness => {
  const url = keys.clientUrl === undefined ? undefined : wanted[customField(keys.clientUrl)];
  const held = keys.clientUrl === undefined ? undefined : customOf(record)[keys.clientUrl];
  if (!isEmpty(url) && !isEmpty(held)) return plain(url) === plain(held) ? 3 : 0;
  return plain(record['name']) === plain(wanted['name']) ? 1 : 0;
};

const likeness = { organization: likeOrganization, person: likePerson, deal: likeDeal } as const;

const ourId = 4;

/**
 * The record that is the one sought: by our id, which it carries when it was made in the moment of the backup, else by what it says
 * when its id was lost. Where hermes_id is not mapped, what it says must be enough.
 *
 * @param records persons and deals under the company's organization; organizations that were made since the backup
 * @param taken ids of records in Pipedrive that belong to another record of ours
 */
export const findLost = <Found extends FoundRecord>(
  entity: keyof typeof likeness,
  records: readonly Found[],
  sought: SoughtRecord,
  lost: readonly LostIds[],
  taken: ReadonlySet<number>,
): Found | null => {
  const { hermesId } = sought.keys;
  const scoreOf = (record: Found): number => {
    if (record.is_deleted === true || taken.has(record.id)) return 0;
    const alike = likeness[entity](record, sought);
    if (hermesId === undefined) return alike === 3 ? alike : 0;
    const ids = hermesIdsIn(customOf(record)[hermesId]);
    if (ids.includes(sought.id)) return ourId;
    return areLost(ids, lost) ? alike : 0;
  };
  const scored = records.map((record) => ({ record, score: scoreOf(record) }));
  const best = scored.reduce((one, other) => (other.score > one.score ? other : one), {
    record: null as Found | null,
    score: 0,
  });
  return best.record;
};
