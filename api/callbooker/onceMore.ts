/** A second try of a reading that somebody waits for. */
import type { CallResult } from '../../clients/failure.ts';

/** What fails sooner was not an outage that one waits out: a kept connection had ended, or one request met a fault. */
const quickMs = 1000;

/** Reads once more when the first try failed at once and for no lasting reason; slow failures and refusals stand. */
export const onceMore = async <T>(read: () => Promise<CallResult<T>>): Promise<CallResult<T>> => {
  const start = performance.now();
  const first = await read();
  if (first.ok || first.failure.kind !== 'transient' || performance.now() - start > quickMs) return first;
  return read();
};
