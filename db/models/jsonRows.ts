/**
 * Rows that PostgreSQL gave as JSON (`to_json`), as a query of their own would have given them.
 *
 * A statement that gives a row as one JSON value may stay prepared when a migration adds a column; one with `select *` may not.
 */
import type { CompanyRow, ContactRow, MeetingRow } from './index.ts';

type MomentColumn<R> = { [K in keyof R]-?: Date extends R[K] ? K : never }[keyof R];

/** The columns that hold moments; the type names every one of them. */
const moments: {
  company: Record<MomentColumn<CompanyRow>, true>;
  contact: Record<MomentColumn<ContactRow>, true>;
  meeting: Record<MomentColumn<MeetingRow>, true>;
} = {
  company: {
    created: true,
    pay0_dt: true,
    pay1_dt: true,
    pay3_dt: true,
    gclid_expiry_dt: true,
    email_confirmed_dt: true,
    card_saved_dt: true,
    wanted_at: true,
    pipedrive_synced_at: true,
    tc2_synced_at: true,
  },
  contact: { created: true },
  meeting: { created: true, start_time: true, end_time: true, calendar_synced_at: true },
};

/** JSON has no moments. */
const withMoments = <R extends object>(row: R, columns: Partial<Record<keyof R, true>>): R => {
  const dates = Object.keys(columns).map((column) => {
    const text = row[column as keyof R];
    return [column, typeof text === 'string' ? new Date(text) : null];
  });
  return { ...row, ...(Object.fromEntries(dates) as Partial<R>) };
};

export const companyFromJson = (row: CompanyRow): CompanyRow => withMoments(row, moments.company);
export const contactFromJson = (row: ContactRow): ContactRow => withMoments(row, moments.contact);
export const meetingFromJson = (row: MeetingRow): MeetingRow => withMoments(row, moments.meeting);
