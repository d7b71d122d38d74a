/**
 * The account's clock: the real one plus an offset, so that a test can let a ban, a budget's day or the 30 days until the
 * purge pass without waiting, or stop time where a window must not pass.
 */
export class Clock {
  private offset = 0;
  private frozenAt: number | undefined;

  /** Milliseconds since the epoch. */
  now(): number {
    return (this.frozenAt ?? Date.now()) + this.offset;
  }

  advance(ms: number): void {
    this.offset += ms;
  }

  /** From now on only `advance` moves it. */
  freeze(): void {
    this.frozenAt ??= Date.now();
  }

  reset(): void {
    this.offset = 0;
    this.frozenAt = undefined;
  }
}

/** RFC 3339 in UTC with whole seconds, the only form API v2 writes and takes: `2026-01-01T00:00:00Z`. */
export const toUtcSeconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** The form of API v1: `2026-01-01 00:00:00`, UTC. */
export const toV1Time = (time: string): string => time.replace('T', ' ').replace('Z', '');
