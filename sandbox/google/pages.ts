/**
 * A plain page for people who try the demo: everybody's calendar.
 */
import type { Middleware } from 'koa';
import type { PeerState } from '../common/body.ts';
import { escapeHtml, page, table } from '../common/html.ts';
import type { GoogleSandbox } from './index.ts';
import type { Calendar, StoredEvent } from './store.ts';

const time = (moment: Date): string =>
  moment
    .toISOString()
    .replace(/:\d\d\.\d+Z$/, 'Z')
    .replace('T', ' ');

const eventRow = ({ period, fields, attendees, conference, status }: StoredEvent): string[] => [
  time(period.start),
  time(period.end),
  escapeHtml(typeof fields['summary'] === 'string' ? fields['summary'] : ''),
  escapeHtml(attendees.map(({ email }) => email).join(', ')),
  escapeHtml(conference === null ? '' : `meet.google.com/${conference.id}`),
  status,
];

const section = ({ email, timeZone, suspended, unreadable, busy, events }: Calendar): string => {
  const rows = [
    ...busy.map(({ start, end }) => ({ start, cells: [time(start), time(end), 'Busy', '', '', ''] })),
    ...[...events.values()].map((event) => ({ start: event.period.start, cells: eventRow(event) })),
  ].sort((a, b) => a.start.getTime() - b.start.getTime());
  const state = [timeZone, suspended ? 'suspended' : '', unreadable ?? ''].filter(Boolean).join(', ');
  return `<h2>${escapeHtml(email)}</h2><p>${escapeHtml(state)}</p>${table(
    ['From (UTC)', 'To (UTC)', 'What', 'Guests', 'Meet', 'Status'],
    rows.map(({ cells }) => cells),
  )}`;
};

export const calendarPage =
  (sandbox: GoogleSandbox): Middleware<PeerState> =>
  async (ctx, next) => {
    if (ctx.method !== 'GET' || ctx.path !== '/') {
      await next();
      return;
    }
    ctx.type = 'html';
    ctx.body = page('Google Calendar sandbox', [...sandbox.store.calendars.values()].map(section).join(''));
  };
