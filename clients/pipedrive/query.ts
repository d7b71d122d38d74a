/** Query parameters in the forms that Pipedrive takes. */
import type { QueryValue } from '../call.ts';

/**
 * RFC 3339 in whole seconds: with milliseconds (as toISOString writes them) Pipedrive answers 400.
 *
 * @param round a lower bound is rounded down and an upper bound up, so that no record falls between
 */
const wholeSeconds = (time: Date, round: 'down' | 'up'): string => {
  const seconds = time.getTime() / 1000;
  const whole = new Date((round === 'down' ? Math.floor(seconds) : Math.ceil(seconds)) * 1000);
  return whole.toISOString().replace('.000Z', 'Z');
};

type Params = Readonly<Record<string, QueryValue | Date>>;

/** The parameters with their times written out. */
export const queryOf = (params: Params): Record<string, QueryValue> =>
  Object.fromEntries(
    Object.entries(params).map(([name, value]) => [
      name,
      value instanceof Date ? wholeSeconds(value, name.endsWith('_until') ? 'up' : 'down') : value,
    ]),
  );
