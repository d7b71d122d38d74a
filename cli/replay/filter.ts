/** The options of `hermes replay` as a filter of the inbox. */
import type { WebhookOutcome } from '../../db/models/index.ts';
import type { ReplayFilter } from '../../inbox/replay.ts';
import { eventSources, eventWorkflowTypes } from '../../workflows/names.ts';
import { UsageError, type Invocation } from '../command.ts';

/** Outcomes that leave something to repeat. */
const outcomes: readonly WebhookOutcome[] = ['failed', 'ignored', 'stale', 'unchanged', 'applied'];

const positive = (name: string, text: string): number => {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new UsageError(`${name} must be a positive whole number.`);
  return Number(text);
};

const isOneOf = <T extends string>(text: string, allowed: readonly T[]): text is T =>
  (allowed as readonly string[]).includes(text);

const list = <T extends string>(name: string, text: string, allowed: readonly T[]): T[] =>
  text.split(',').map((part) => {
    const word = part.trim();
    if (!isOneOf(word, allowed)) throw new UsageError(`${name} must be of ${allowed.join(', ')}.`);
    return word;
  });

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A moment: ISO 8601, UTC where it names no zone, or a length of time before now such as 90m, 6h, 2d.
 */
export const momentOf = (name: string, text: string, now: Date): Date => {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) {
    return new Date(now.getTime() - Number(count) * (unitMs[unit] ?? 0));
  }
  const [, day, time, zone] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(text) ?? [];
  const moment = new Date(`${day ?? ''}T${time ?? '00:00'}${zone ?? 'Z'}`);
  if (Number.isNaN(moment.getTime())) {
    throw new UsageError(`${name} must be a time such as 2026-11-20T14:30Z, or 90m, 6h or 2d ago.`);
  }
  return moment;
};

/** @throws UsageError for an option that cannot be understood */
export const filterOf = (
  { options, rest }: Pick<Invocation, 'options' | 'rest'>,
  now: Date,
): ReplayFilter => {
  const given = (name: string): string | undefined => {
    const value = options[name];
    return typeof value === 'string' ? value : undefined;
  };
  const [type, outcome, source] = [given('type'), given('outcome') ?? given('status'), given('source')];
  const [subject, company, reason] = [given('subject'), given('company'), given('reason-contains')];
  const [since, until] = [given('since'), given('until')];
  const [from] = source === undefined ? [] : list('--source', source, eventSources);
  return {
    ...(rest.length === 0 ? {} : { ids: rest.map((id) => positive('An id', id)) }),
    ...(type === undefined ? {} : { types: list('--type', type, eventWorkflowTypes) }),
    ...(outcome === undefined ? {} : { outcomes: list('--outcome', outcome, outcomes) }),
    ...(from === undefined ? {} : { source: from }),
    ...(subject === undefined ? {} : { subject }),
    ...(company === undefined ? {} : { companyId: positive('--company', company) }),
    ...(since === undefined ? {} : { since: momentOf('--since', since, now) }),
    ...(until === undefined ? {} : { until: momentOf('--until', until, now) }),
    ...(reason === undefined ? {} : { reasonContains: reason }),
    ...(options['again'] === true ? { again: true } : {}),
  };
};
