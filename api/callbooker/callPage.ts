/** The page behind the link in an invitation: one call, a button to cancel it, free times to move it to. Works without scripts. */
import { DateTime } from 'luxon';
import type { Period } from '../../domain/availability/touching.ts';
import { escapeHtml } from '../../domain/callbooker/calendarEvent.ts';
import { meetingName } from '../../domain/meeting/name.ts';

export interface CallPageInput {
  call: {
    uuid: string;
    status: string;
    meeting_type: string;
    start_time: Date;
    first_name: string;
    last_name: string;
  };
  signature: string;
  slots: readonly Period[];
  /** The admin's: the page says which one it is. */
  timezone: string;
  /** Whether the call can still be changed. */
  open: boolean;
}

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem;color:#1d2733}
h1{font-size:1.4rem}button{font:inherit;padding:.5rem 1rem;border-radius:.4rem;border:1px solid #1d2733;background:#fff;cursor:pointer}
button.main{background:#1d2733;color:#fff}fieldset{border:1px solid #ccd3da;border-radius:.4rem;margin:1rem 0}
label{display:inline-block;margin:.2rem .8rem .2rem 0}small{color:#5b6875}`;

const page = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
  `<meta name="robots" content="noindex"><title>${escapeHtml(title)}</title><style>${style}</style></head>` +
  `<body><main><h1>${escapeHtml(title)}</h1>${body}</main></body></html>`;

/** A page that only says something. What is given is escaped. */
export const messagePage = (title: string, message: string): string =>
  page(title, `<p>${escapeHtml(message)}</p>`);

const byDay = (slots: readonly Period[], zone: string): Map<string, Period[]> => {
  const days = new Map<string, Period[]>();
  for (const slot of slots) {
    const day = DateTime.fromJSDate(slot.start, { zone }).setLocale('en-GB').toFormat('cccc d LLLL');
    days.set(day, [...(days.get(day) ?? []), slot]);
  }
  return days;
};

const choice = (slot: Period, zone: string): string =>
  `<label><input type="radio" name="meeting_dt" required value="${slot.start.toISOString()}"> ` +
  `${DateTime.fromJSDate(slot.start, { zone }).toFormat('HH:mm')}</label>`;

/** The page of one call; what can be done about it depends on whether it is open. */
export const callPage = ({ call, signature, slots, timezone, open }: CallPageInput): string => {
  const title = meetingName(call.meeting_type, call);
  const when = DateTime.fromJSDate(call.start_time, { zone: timezone })
    .setLocale('en-GB')
    .toFormat("cccc d LLLL yyyy 'at' HH:mm");
  const zone = `<small>Times are those of ${escapeHtml(timezone)}.</small>`;
  if (!open) {
    const why = call.status === 'CANCELED' ? 'This call was cancelled.' : 'This call is over.';
    return page(title, `<p>${escapeHtml(when)}</p><p>${why}</p>${zone}`);
  }
  const action = `/callbooker/meeting/${call.uuid}`;
  const hidden = `<input type="hidden" name="s" value="${escapeHtml(signature)}">`;
  const days = [...byDay(slots, timezone)].map(
    ([day, free]) =>
      `<fieldset><legend>${escapeHtml(day)}</legend>${free.map((slot) => choice(slot, timezone)).join('')}</fieldset>`,
  );
  const move =
    days.length === 0
      ? '<p>No other time is free in the next two weeks.</p>'
      : `<form method="post" action="${action}/reschedule/">${hidden}${days.join('')}` +
        `<button class="main">Move the call</button></form>`;
  return page(
    title,
    `<p>${escapeHtml(when)}</p>${zone}` +
      `<form method="post" action="${action}/cancel/">${hidden}<button>Cancel the call</button></form>` +
      `<h2>Another time</h2>${move}`,
  );
};
