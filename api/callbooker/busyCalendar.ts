/**
 * Free/busy of admins for the availability page, kept for a few seconds: a visitor who leafs through the weeks asks again and
 * again. A booking never reads from here.
 */
import type { CallFailure } from '../../clients/failure.ts';
import type { GoogleClient } from '../../clients/google/client.ts';
import type { Period } from '../../domain/availability/touching.ts';
import { onceMore } from './onceMore.ts';

const keptMs = 10_000;
const maxKept = 500;
const hourMs = 3_600_000;
const minuteMs = 60_000;

export type BusyAnswer =
  | { kind: 'read'; busy: Period[] }
  /** Google answers that this calendar cannot be read. */
  | { kind: 'unreadable'; errors: string[] }
  | { kind: 'failed'; failure: CallFailure };

export interface BusyReader {
  /**
   * What is busy in [from, to] or touches it, and perhaps more around it.
   *
   * @param beforeAsking called only when Google has to be asked; what it throws is thrown
   */
  read(
    admin: { id: number; username: string },
    from: Date,
    to: Date,
    beforeAsking?: () => Promise<void>,
  ): Promise<BusyAnswer>;
}

export const createBusyReader = (google: GoogleClient, now: () => number = Date.now): BusyReader => {
  const kept = new Map<string, { until: number; answer: Promise<BusyAnswer> }>();

  const ask = async (
    admin: { id: number; username: string },
    timeMin: Date,
    timeMax: Date,
  ): Promise<BusyAnswer> => {
    const result = await onceMore(() =>
      google.freeBusy({
        subject: admin.username,
        quotaUser: String(admin.id),
        emails: [admin.username],
        timeMin,
        timeMax,
      }),
    );
    if (!result.ok) return { kind: 'failed', failure: result.failure };
    const calendar = result.data.get(admin.username);
    return calendar ?? { kind: 'unreadable', errors: ['missing'] };
  };

  return {
    read: async (admin, from, to, beforeAsking) => {
      // Whole hours, so that requests a moment apart share an answer; the minute makes touching periods visible.
      const timeMin = new Date(Math.floor(from.getTime() / hourMs) * hourMs - minuteMs);
      const timeMax = new Date(Math.ceil(to.getTime() / hourMs) * hourMs + minuteMs);
      const key = `${admin.id}:${admin.username}:${timeMin.getTime()}:${timeMax.getTime()}`;
      const held = (): Promise<BusyAnswer> | undefined => {
        const found = kept.get(key);
        return found !== undefined && now() < found.until ? found.answer : undefined;
      };
      const known = held();
      if (known !== undefined) return known;
      await beforeAsking?.();
      const askedMeanwhile = held();
      if (askedMeanwhile !== undefined) return askedMeanwhile;
      kept.delete(key);
      const answer = ask(admin, timeMin, timeMax);
      kept.set(key, { until: now() + keptMs, answer });
      for (const oldest of kept.keys()) {
        if (kept.size <= maxKept) break;
        kept.delete(oldest);
      }
      const settled = await answer;
      if (settled.kind === 'failed') kept.delete(key);
      return settled;
    },
  };
};
