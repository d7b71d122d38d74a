/** A request about events, and the parameters that all of them know. */
import { invalid } from './errors.ts';
import type { Calendar, CalendarStore, Conference } from './store.ts';

export type ConferenceOutcome = Conference['status'];

/** One request, with what the routes know about it. */
export interface EventCall {
  store: CalendarStore;
  calendar: Calendar;
  /** The impersonated user; null for the service account in its own name. */
  caller: string | null;
  query: URLSearchParams;
  body: unknown;
  ifMatch: string;
  now: Date;
  conference: ConferenceOutcome;
}

const commonParameters = ['alt', 'fields', 'key', 'prettyPrint', 'quotaUser', 'userIp'];

/** @throws CalendarError for a parameter that is not known */
export const checkParameters = (query: URLSearchParams, known: readonly string[]): void => {
  const strange = [...query.keys()].find((name) => !known.includes(name) && !commonParameters.includes(name));
  if (strange !== undefined) throw invalid(`Unknown parameter "${strange}".`, strange);
  if ((query.get('quotaUser') ?? '').length > 40) throw invalid('Invalid Value', 'quotaUser');
};

export const readBoolean = (query: URLSearchParams, name: string): boolean => {
  const value = query.get(name);
  if (value === null || value === 'false') return false;
  if (value === 'true') return true;
  throw invalid('Invalid Value', name);
};
