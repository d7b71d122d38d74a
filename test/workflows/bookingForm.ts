/** What the tests of bookings share: the form's body, and a clock that moves with the calendar. */
import assert from 'node:assert/strict';
import type { TestHermes } from '../support/hermes.ts';

export const sam = 'sam@acme.example';

/** A moment so many days from now, at a time of day in UTC. */
export const inDays = (days: number, time: string): string => {
  const day = new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  return `${day}T${time}:00Z`;
};

export const salesBody = (change: Record<string, unknown> = {}): Record<string, unknown> => ({
  admin_id: 1,
  name: 'brain junes',
  email: 'Brain@Junes.com',
  phone: '',
  company_name: 'Junes Ltd',
  website: 'https://junes.com',
  country: 'GB',
  estimated_income: 1000,
  currency: 'GBP',
  price_plan: 'payg',
  meeting_dt: inDays(7, '14:00'),
  call_type: 'sales',
  ...change,
});

const supportBody = (change: Record<string, unknown> = {}): Record<string, unknown> => ({
  admin_id: 2,
  name: 'Brain Junes',
  email: 'brain@junes.com',
  meeting_dt: inDays(7, '14:00'),
  ...change,
});

export interface BookingAnswer {
  status: number;
  body: { status?: string; message?: string; detail?: { loc: unknown[]; msg: string }[] };
}

export const post = async (hermes: TestHermes, path: string, body: unknown): Promise<BookingAnswer> => {
  const response = await fetch(`${hermes.url}/callbooker/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as BookingAnswer['body'] };
};

export const bookSales = (hermes: TestHermes, change: Record<string, unknown> = {}): Promise<BookingAnswer> =>
  post(hermes, 'sales/book/', salesBody(change));

export const bookSupport = (
  hermes: TestHermes,
  change: Record<string, unknown> = {},
): Promise<BookingAnswer> => post(hermes, 'support/book/', supportBody(change));

export const ok = { status: 200, body: { status: 'ok' } };
export const refusal = (status: number, message: string): BookingAnswer => ({
  status,
  body: { status: 'error', message },
});

export const meetingNearby = refusal(400, 'You already have a meeting booked around this time.');
export const notFree = refusal(400, 'Admin is not free at this time.');

/** Rows of a table by id. */
export const rows = async <T = Record<string, unknown>>(hermes: TestHermes, table: string): Promise<T[]> => {
  const found: T[] = await hermes.db(table).orderBy('id').select('*');
  return found;
};

export const only = async <T = Record<string, unknown>>(hermes: TestHermes, table: string): Promise<T> => {
  const found = await rows<T>(hermes, table);
  assert.equal(found.length, 1, `${table}: ${found.length} rows`);
  return found[0] as T;
};

/** The events on a calendar that were not deleted. */
export const liveEvents = (hermes: TestHermes, email = sam) =>
  hermes.google.events(email).filter(({ status }) => status !== 'cancelled');
