/** What of the inbox an operator looks at: the filter of its page, which its forms carry along. */
import type { Knex } from 'knex';
import type { Database } from '../../db/connection.ts';
import type { WebhookOutcome } from '../../db/models/index.ts';
import { identifierOf } from '../../domain/values/identifier.ts';
import type { ReplayFilter } from '../../inbox/replay.ts';
import { HttpError } from '../errors.ts';
import { maskSecrets } from './maskSecrets.ts';

export const outcomes = [
  'applied',
  'unchanged',
  'stale',
  'ignored',
  'failed',
  'parked',
  'refused',
] as const satisfies readonly WebhookOutcome[];

export interface InboxFilter {
  source: string;
  type: string;
  /** An outcome, or `waiting`. */
  outcome: string;
  subject: string;
  company: string;
  reason: string;
  /** Moments in UTC as a form's field holds them: `2026-11-23T05:00`. */
  from: string;
  until: string;
  /** In the summary, the subject or the body. */
  text: string;
}

const names = [
  'source',
  'type',
  'outcome',
  'subject',
  'company',
  'reason',
  'from',
  'until',
  'text',
] as const satisfies readonly (keyof InboxFilter)[];

/** The filter in a query or a form. */
export const filterOf = (values: URLSearchParams): InboxFilter =>
  Object.fromEntries(names.map((name) => [name, (values.get(name) ?? '').trim()])) as unknown as InboxFilter;

const momentOf = (text: string): Date | undefined => {
  if (text === '') return undefined;
  const moment = new Date(`${text.replace(/z$/i, '')}Z`);
  if (Number.isNaN(moment.getTime())) throw new HttpError(422, `“${text}” is no date and time`);
  return moment;
};

const companyOf = (text: string): number | null => {
  const id = identifierOf(text);
  if (id === null && text !== '') throw new HttpError(422, `“${text}” is no company id`);
  return id;
};

/** No search through bodies may hold up the database for longer. */
const patience = '5s';

/** Bodies are bytes: what is looked for is compared as bytes, so upper and lower case differ there. */
const holdsText = `(position(lower(?) in lower(w.summary)) > 0 or position(lower(?) in lower(w.subject)) > 0
  or position(convert_to(?, 'UTF8') in coalesce(w.body, envelope.body)) > 0)`;

const matching = (db: Knex, filter: InboxFilter): Knex.QueryBuilder => {
  const query = db('webhook as w').leftJoin('webhook as envelope', 'envelope.id', 'w.envelope_id');
  const company = companyOf(filter.company);
  const [from, until] = [momentOf(filter.from), momentOf(filter.until)];
  if (filter.source !== '') query.where('w.source', filter.source);
  if (filter.type !== '') query.where('w.type', filter.type);
  if (filter.outcome === 'waiting') query.whereNull('w.outcome').whereNotNull('w.type');
  else if (filter.outcome !== '') query.where('w.outcome', filter.outcome);
  if (filter.subject !== '') query.where('w.subject', filter.subject);
  if (company !== null) query.where('w.company_id', company);
  if (filter.reason !== '') query.whereRaw('position(lower(?) in lower(w.reason)) > 0', [filter.reason]);
  if (from !== undefined) query.where('w.received_at', '>=', from);
  if (until !== undefined) query.where('w.received_at', '<', until);
  if (filter.text !== '') query.whereRaw(holdsText, [filter.text, filter.text, filter.text]);
  return query;
};

export interface InboxRow {
  id: number;
  source: string;
  type: string | null;
  subject: string;
  summary: string;
  received_at: Date;
  outcome: string | null;
  reason: string | null;
  company_id: number | null;
  repeats: number;
  replay_of: number | null;
}

type FoundRow = InboxRow & { searched: Buffer | null };

/** Whether a row was found by what its page shows: nobody may feel for a masked secret by searching for it. */
const showsText = (
  { summary, subject, searched }: FoundRow,
  text: string,
  secrets: readonly string[],
): boolean => {
  const lower = text.toLowerCase();
  if (summary.toLowerCase().includes(lower) || subject.toLowerCase().includes(lower)) return true;
  const body = searched?.toString('utf8') ?? '';
  try {
    const masked = maskSecrets(JSON.parse(body), secrets);
    // As it is written in a body, and as the page shows it.
    return JSON.stringify(masked).includes(text) || JSON.stringify(masked, null, 2).includes(text);
  } catch {
    return String(maskSecrets(body, secrets)).includes(text);
  }
};

export interface InboxPage {
  rows: InboxRow[];
  /** Where the next page begins; null at the end. */
  before: number | null;
}

const isTimeout = (error: unknown): boolean => (error as { code?: unknown }).code === '57014';

/**
 * Finds rows, the newest first.
 *
 * @param before only rows older than this id
 * @throws HttpError 422 when a moment or a company's id is none, or when a search takes too long
 */
export const findInbox = async (
  db: Database,
  filter: InboxFilter,
  options: { limit: number; before: number | null; secrets: readonly string[] },
): Promise<InboxPage> => {
  const { limit, before, secrets } = options;
  const find = async (trx: Knex): Promise<FoundRow[]> => {
    await trx.raw(`set local statement_timeout = '${patience}'`);
    const query = matching(trx, filter)
      .orderBy('w.id', 'desc')
      .limit(limit + 1);
    if (before !== null) query.where('w.id', '<', before);
    return query.select(
      ...['id', 'source', 'type', 'subject', 'summary', 'received_at', 'outcome'].map((name) => `w.${name}`),
      ...['reason', 'company_id', 'repeats', 'replay_of'].map((name) => `w.${name}`),
      trx.raw(filter.text === '' ? 'null as searched' : 'coalesce(w.body, envelope.body) as searched'),
    );
  };
  let found: FoundRow[];
  try {
    found = await db.transaction(find);
  } catch (error) {
    if (isTimeout(error)) throw new HttpError(422, 'That is too much to search through: give a shorter time');
    throw error;
  }
  const page = found.slice(0, limit);
  const rows = filter.text === '' ? page : page.filter((row) => showsText(row, filter.text, secrets));
  return {
    rows: rows.map(({ searched: _body, ...row }) => row),
    before: found.length > limit ? (page.at(-1)?.id ?? null) : null,
  };
};

/** Events that one replay takes when they are found by a text. */
const longestSearch = 1000;

/**
 * The same filter as a replay takes it. A text is resolved into the events that it finds now.
 *
 * @throws HttpError 422 as `findInbox`, and when a text finds too many
 */
export const toReplay = async (
  db: Database,
  filter: InboxFilter,
  secrets: readonly string[],
): Promise<ReplayFilter> => {
  const { source, type, subject, reason } = filter;
  const [company, since, until] = [companyOf(filter.company), momentOf(filter.from), momentOf(filter.until)];
  const replay: ReplayFilter = {
    ...(type === '' ? {} : { types: [type] }),
    // What waits has no outcome, and is never replayed.
    ...(filter.outcome === '' ? {} : { outcomes: outcomes.filter((name) => name === filter.outcome) }),
    ...(source === '' ? {} : { source }),
    ...(subject === '' ? {} : { subject }),
    ...(company === null ? {} : { companyId: company }),
    ...(reason === '' ? {} : { reasonContains: reason }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  };
  if (filter.text === '') return replay;
  const { rows, before } = await findInbox(db, filter, { limit: longestSearch, before: null, secrets });
  if (before !== null) {
    throw new HttpError(422, `The text finds more than ${longestSearch} events: give a shorter time`);
  }
  // Without an outcome a replay means failures, however its events were found.
  return { ...replay, outcomes: replay.outcomes ?? ['failed'], ids: rows.map(({ id }) => id) };
};
