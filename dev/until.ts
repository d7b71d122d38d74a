/** Waiting for a condition with a limit. */
import { setTimeout as wait } from 'node:timers/promises';

/**
 * Asks again and again until the answer is yes.
 *
 * @param check may throw: that is a no
 * @param complaint the error's text when the time is over
 */
export const until = async (
  check: () => Promise<boolean>,
  complaint: string,
  timeoutMs = 60_000,
  pauseMs = 50,
): Promise<void> => {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let fault: unknown;
    try {
      if (await check()) return;
    } catch (error) {
      fault = error;
    }
    if (performance.now() > deadline) {
      const reason = fault instanceof Error ? ` (${fault.message})` : '';
      throw new Error(`${complaint}${reason}`, { cause: fault });
    }
    await wait(pauseMs);
  }
};

/** Whether the address answers with one of the statuses; any status by default. */
export const answers = async (url: string, statuses?: readonly number[]): Promise<boolean> => {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(2000) });
  await response.body?.cancel();
  return statuses === undefined || statuses.includes(response.status);
};
