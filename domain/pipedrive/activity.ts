/** What the activity of a meeting must look like in Pipedrive (ACT-01 to ACT-03, ACT-07). Times are UTC. */
import { meetingName } from '../meeting/name.ts';
import type { Fields } from './fields.ts';

export interface WantedActivityInput {
  meeting: { meeting_type: string; start_time: Date | null };
  admin: { first_name: string; last_name: string; pd_owner_id: number | null } | null;
  pdOrgId: number | null;
  pdPersonId: number | null;
  pdDealId: number | null;
}

/** Null is what the activity cannot say yet: a person or deal that is not linked. A support call never names a deal. */
export const wantedActivity = (input: WantedActivityInput): Fields => {
  const start = input.meeting.start_time?.toISOString() ?? null;
  return {
    subject: meetingName(input.meeting.meeting_type, input.admin),
    type: 'meeting',
    due_date: start?.slice(0, 10) ?? null,
    due_time: start?.slice(11, 16) ?? null,
    owner_id: input.admin?.pd_owner_id ?? null,
    org_id: input.pdOrgId,
    deal_id: input.meeting.meeting_type === 'support' ? null : input.pdDealId,
    participants: input.pdPersonId === null ? null : [{ person_id: input.pdPersonId, primary: true }],
  };
};
