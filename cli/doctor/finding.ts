/** What a check says: how it stands with one thing, and what to do about it. */
import type { Database } from '../../db/connection.ts';
import type { Environment } from '../../environment/environment.ts';

export type Status = 'ok' | 'warn' | 'fail';

export interface Finding {
  /** Database, Temporal, Pipedrive, ... */
  area: string;
  status: Status;
  /** One sentence, without personal data and secrets. */
  message: string;
  /** What to do, where there is something to do. */
  advice?: string;
}

export interface DoctorContext {
  environment: Environment;
  /** The settings as they were given: Temporal's names are read by its own library. */
  settings: Readonly<Record<string, string | undefined>>;
  db: Database;
  now: Date;
}

/** Looks at one area. What it throws becomes a failure. */
export interface Check {
  area: string;
  /** Whether it makes sense while the database cannot be used. */
  needsDatabase: boolean;
  look: (context: DoctorContext) => Promise<Said[]>;
}

/** A finding of an area, without its name. */
export type Said = Omit<Finding, 'area'>;

export const ok = (message: string): Said => ({ status: 'ok', message });
export const warn = (message: string, advice?: string): Said => ({
  status: 'warn',
  message,
  ...(advice === undefined ? {} : { advice }),
});
export const fail = (message: string, advice?: string): Said => ({
  status: 'fail',
  message,
  ...(advice === undefined ? {} : { advice }),
});

/** A length of time as people say it. */
export const duration = (ms: number): string => {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return `${Math.round(ms / 1000)} s`;
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
};

/** `1 admin`, `3 admins`, `2 companies`. */
export const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : plural}`;
