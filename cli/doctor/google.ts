import { calendarClient } from '../../activities/google/calendar.ts';
import { fail, ok, warn, type Check, type Said } from './finding.ts';

const hourMs = 3_600_000;

interface AdminRow {
  id: number;
  username: string;
}

/** Each calendar that bookings need is asked when it is busy: the delegation may hold for one domain and not for another. */
export const googleCheck: Check = {
  area: 'Google',
  needsDatabase: true,
  look: async ({ db, environment, now }) => {
    const client = calendarClient(environment);
    if (client === null) {
      return [
        warn(
          'Google is not configured: calls can be neither offered nor booked.',
          'Set G_CLIENT_EMAIL and G_PRIVATE_KEY of a service account with domain-wide delegation.',
        ),
      ];
    }
    const admins: AdminRow[] = await db('admin')
      .where({ is_sales_person: true })
      .orWhere({ is_support_person: true })
      .orderBy('id')
      .select('id', 'username');
    const said: Said[] = [];
    for (const { id, username } of admins) {
      const answer = await client.freeBusy({
        subject: username,
        emails: [username],
        timeMin: now,
        timeMax: new Date(now.getTime() + hourMs),
      });
      if (!answer.ok && answer.failure.code === 'UNREADABLE_PRIVATE_KEY') {
        return [
          fail(
            'G_PRIVATE_KEY is no RSA private key in PEM: no calendar can be asked.',
            'Copy `private_key` of the service account’s JSON file whole; its line breaks may be written as \\n.',
          ),
        ];
      }
      const advice = `See that the user exists, has Calendar, and that the service account is granted ${environment.G_CALENDAR_SCOPE} for the domain.`;
      if (!answer.ok) {
        said.push(fail(`The calendar of admin ${id} cannot be asked (${answer.failure.summary}).`, advice));
        continue;
      }
      const busy = answer.data.get(username);
      if (busy?.kind === 'unreadable') {
        said.push(fail(`The calendar of admin ${id} cannot be read: ${busy.errors.join(', ')}.`, advice));
      }
    }
    return said.length === 0
      ? [ok(`The calendars of all ${admins.length} who take calls can be read.`)]
      : said;
  },
};
