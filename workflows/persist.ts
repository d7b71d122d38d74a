/** Goes on through a downstream's outage: visibly, ever more slowly, never giving up. */
import { ActivityFailure, condition, setCurrentDetails, TimeoutFailure } from '@temporalio/workflow';
import type { During } from './baton.ts';
import { showFailure, typedFailure } from './failures.ts';
import { database } from './proxies.ts';

/** Failures that repeating cannot mend. */
const finalTypes: readonly string[] = ['Refused', 'Gone'];

/** Failures that have a name of their own; what else goes wrong in an activity (PostgreSQL away, a lost worker) may pass by itself. */
const namedTypes: readonly string[] = [
  'Transient',
  'Throttled',
  'Unauthorised',
  'UnknownResult',
  'Paused',
  'DailyBudget',
];

/** What to wait for and why. Null for what waiting cannot mend: a cancellation, a bug of a workflow, a final failure. */
const passing = (error: unknown): { type: string; reason: string; waitMs?: number } | null => {
  if (error instanceof ActivityFailure && error.cause instanceof TimeoutFailure) {
    return { type: 'Transient', reason: `${error.activityType} did not come to an end in time` };
  }
  const failure = typedFailure(error);
  const type = failure?.type ?? '';
  if (failure === null || finalTypes.includes(type)) return null;
  const [asked] = (failure.details ?? []) as [{ waitMs?: number }?];
  return {
    type: namedTypes.includes(type) ? type : 'Transient',
    reason: failure.message,
    ...(asked?.waitMs === undefined ? {} : { waitMs: asked.waitMs }),
  };
};

/** What a run waits for, as operators see it: several sides of one run may wait at once. */
export interface Notices {
  show(what: string, notice: { type: string; text: string }): void;
  clear(what: string): void;
}

export const createNotices = (): Notices => {
  const standing = new Map<string, { type: string; text: string }>();
  const publish = (): void => {
    const notices = [...standing.values()];
    showFailure(notices[0]?.type ?? null);
    setCurrentDetails(notices.map(({ text }) => text).join('\n\n'));
  };
  return {
    show: (what, notice) => {
      standing.set(what, notice);
      publish();
    },
    clear: (what) => {
      if (standing.delete(what)) publish();
    },
  };
};

export interface Patience {
  /** What is being done, for operators, such as "Pipedrive". */
  what: string;
  /** Ends a wait early. */
  woken: () => boolean;
  /** Called before each wait and after the last one. */
  onWaiting?: (waiting: boolean) => void;
  /** Where the wait is shown; a run with one side needs to name none. */
  notices?: Notices;
  /** Lets the other side of the run act while this one waits. */
  during?: During;
  /** Whether the run must start anew: an outage of weeks does not fit into one history. */
  mustRenew?: () => boolean;
}

/** Thrown out of a wait when the run must start anew. */
export class RenewRun extends Error {
  override name = 'RenewRun';
}

/** What the failure itself named, else what the database knows of the downstream. */
const nextTry = (what: string, tries: number, askedMs: number | undefined): Promise<{ waitMs: number }> =>
  askedMs === undefined ? database.nextTry({ what, tries }) : Promise.resolve({ waitMs: askedMs });

/**
 * Calls until it succeeds. How long it waits between tries is asked of the database, which knows when a paused downstream opens.
 *
 * @throws what repeating cannot mend: a refusal, a record that is gone; RenewRun where the caller asked for it
 */
export const persist = async <T>(patience: Patience, call: () => Promise<T>): Promise<T> => {
  const { what, notices = createNotices(), during = (wait) => wait() } = patience;
  const stopWaiting = (tries: number): void => {
    if (tries === 0) return;
    notices.clear(what);
    patience.onWaiting?.(false);
  };
  for (let tries = 0; ;) {
    try {
      const answer = await during(call);
      stopWaiting(tries);
      return answer;
    } catch (error) {
      const failure = passing(error);
      if (failure === null) {
        stopWaiting(tries);
        throw error;
      }
      tries += 1;
      const { waitMs } = await nextTry(what, tries, failure.waitMs);
      notices.show(what, {
        type: failure.type,
        text: `**Waiting for ${what}**: ${failure.reason}\n\nTried ${tries} ${tries === 1 ? 'time' : 'times'}; next try in ${Math.ceil(waitMs / 1000)} s. It goes on by itself.`,
      });
      patience.onWaiting?.(true);
      await during(() => condition(() => patience.woken() || patience.mustRenew?.() === true, waitMs));
      if (patience.mustRenew?.() === true) throw new RenewRun();
    }
  }
};
