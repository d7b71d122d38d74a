/**
 * Lets the sides of a run act one at a time.
 *
 * What a side does between two waits may hold local activities. How many of their results a replay delivers together differs from how they
 * came, so of two sides that act at the same time the other one may be first in a replay, and the server refuses its commands. A side
 * therefore keeps the baton while it acts, local activities included, and lets go of it while it waits for anything else.
 */
export interface Baton {
  /** Undefined when it was free, else resolves when it is this side's turn; first come, first served. */
  take: () => Promise<void> | undefined;
  pass: () => void;
  /** Begins a wait, lets others act meanwhile, and goes on when the wait is over and the baton is back. */
  during: During;
}

export type During = <T>(wait: () => Promise<T>) => Promise<T>;

export const createBaton = (): Baton => {
  const queue: (() => void)[] = [];
  let free = true;
  // Hardly anybody waits for it, and of each promise the SDK keeps a stack trace.
  const take = (): Promise<void> | undefined => {
    if (!free) return new Promise((resolve) => queue.push(resolve));
    free = false;
    return undefined;
  };
  const pass = (): void => {
    const next = queue.shift();
    if (next === undefined) free = true;
    else next();
  };
  return {
    take,
    pass,
    during: async (wait) => {
      // What the wait asks for is asked before anybody else may act.
      const waited = wait();
      pass();
      try {
        return await waited;
      } finally {
        const turn = take();
        if (turn !== undefined) await turn;
      }
    },
  };
};
