/** The event of a booked call in Google Calendar: its id, and what the invitation says. */
import { createHash } from 'node:crypto';

/**
 * Id of a meeting's event: chosen by us, so that a repeated insert is recognised and a lost answer does not book twice. Only 0-9 and
 * a-v are allowed. A deleted event keeps its id for ever, hence the revision.
 */
export const calendarEventId = (meetingUuid: string, revision: number): string =>
  createHash('sha256')
    .update(`hermes|meeting|${meetingUuid}${revision === 0 ? '' : `|${revision}`}`)
    .digest('hex')
    .slice(0, 32);

export interface Guest {
  email: string;
  responseStatus?: 'accepted';
}

/** The admin, who has accepted, and the visitor; one guest when staff try the form with their own address. */
export const guestsOf = (adminEmail: string, visitorEmail: string | null): Guest[] => {
  const admin: Guest = { email: adminEmail, responseStatus: 'accepted' };
  if (visitorEmail === null || visitorEmail.toLowerCase() === adminEmail.toLowerCase()) return [admin];
  return [admin, { email: visitorEmail }];
};

/** Text of a visitor inside HTML: Google renders the description as such. */
export const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

export interface InvitationInput {
  type: 'sales' | 'support';
  contact: { first_name: string | null; email: string | null; phone: string | null };
  company: { name: string; estimated_income: string | null; country: string | null };
  /** The organization in Pipedrive and the client in TutorCruncher, where there are any. */
  pipedriveUrl: string | null;
  tc2Url: string | null;
  /** Where the visitor may cancel or move the call; null when links cannot be signed. */
  changeUrl: string | null;
}

const link = (url: string, text: string): string => `<a href="${escapeHtml(url)}">${escapeHtml(text)}</a>`;

const paragraphs = (...parts: (string | null)[]): string =>
  parts.filter((part) => part !== null && part !== '').join('\n\n');

const preparation = `Please feel free to jot down a few questions beforehand: the most productive conversations are those in which we can speak about what matters to you.`;

const reading = `In the meantime you may like to look around:\n${link('https://www.youtube.com/watch?v=2iUK0RTm4pw', 'Guided product demo')}\n${link('https://cdn.tutorcruncher.com/guides/admin-user-guide.pdf', 'Admin user guide')}`;

const change = (url: string | null): string | null =>
  url === null ? null : `Does the time not suit you? ${link(url, 'Cancel or move the call')}`;

const lines = (rows: readonly (readonly [string, string | null])[]): string =>
  rows
    .filter(([, value]) => value !== null && value !== '')
    .map(([label, value]) => `- ${label}: ${escapeHtml(value ?? '')}`)
    .join('\n');

/** The description of the event, HTML. Everything that a visitor typed is escaped. */
export const invitationText = (input: InvitationInput): string => {
  const hello = `Hi ${escapeHtml(input.contact.first_name ?? 'there')},`;
  const bye = 'Best,\nThe TutorCruncher Team';
  if (input.type === 'support') {
    return paragraphs(
      hello,
      'Thanks for booking a call with TutorCruncher!',
      preparation,
      reading,
      change(input.changeUrl),
      'We look forward to connecting!',
      bye,
      input.tc2Url === null ? null : link(input.tc2Url, 'Link for TC'),
    );
  }
  return paragraphs(
    hello,
    "Thanks for booking a call with TutorCruncher! We're looking forward to hearing all about your business and how we can help.",
    'This invitation has a link to a Google Meet room: simply join it when the time comes.',
    preparation,
    reading,
    change(input.changeUrl),
    'We look forward to hearing about your business!',
    bye,
    `---\n\nDetails for the TutorCruncher team:\n\n${lines([
      ['Company Name', input.company.name],
      ['Email', input.contact.email],
      ['Phone', input.contact.phone],
      ['Estimated Monthly Revenue', input.company.estimated_income],
      ['Country', input.company.country],
      ['CRM URL', input.pipedriveUrl],
      ['TC URL', input.tc2Url],
    ])}`,
  );
};
