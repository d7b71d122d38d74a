/** What a step of a sync sends for its record: with a create, and with an update. */
import { isPaying } from '../company/terms.ts';
import { organizationChanges, personChanges } from './changes.ts';
import { changedFields, filledFields, type Fields } from './fields.ts';
import type { PlanInput } from './plan.ts';

export type SyncedEntity = 'organization' | 'person' | 'deal' | 'activity';

export interface SyncedRecord {
  /** Pipedrive's id; null while it is not linked. */
  remoteId: number | null;
  wanted: Fields;
  known: Fields | null;
  /** What a create sends; null when it must not be created now. */
  created: Fields | null;
  /** What an update sends, given what is known. */
  changes: (known: Fields) => Fields;
}

const organizationOf = ({ company }: PlanInput): SyncedRecord => ({
  remoteId: company.pd_org_id,
  wanted: company.wanted,
  known: company.known,
  created: filledFields(company.wanted),
  changes: (known) => organizationChanges(company.wanted, known),
});

const personOf = ({ company, contacts }: PlanInput, contactId: number): SyncedRecord | null => {
  const contact = contacts.find(({ id }) => id === contactId);
  if (contact === undefined) return null;
  const { pd_person_id: remoteId, wanted, known } = contact;
  const isCreatable = company.pd_org_id !== null && !contact.is_deleted;
  return {
    remoteId,
    wanted,
    known,
    created: isCreatable ? { ...filledFields(wanted), marketing_status: 'subscribed' } : null,
    changes: (held) => personChanges(wanted, held),
  };
};

const dealOf = ({ company, deals }: PlanInput, dealId: number): SyncedRecord | null => {
  const deal = deals.find(({ id }) => id === dealId);
  if (deal === undefined) return null;
  const { pd_deal_id: remoteId, wanted, known, status } = deal;
  const isCreatable = company.pd_org_id !== null && status === 'open';
  return {
    remoteId,
    wanted,
    known,
    created: isCreatable ? { ...filledFields({ ...wanted, ...deal.entry }), status } : null,
    changes: (held) => {
      if (status === 'open') return changedFields(isPaying(company) ? deal.wantedCount : wanted, held);
      return status === 'lost' && held.status === 'open' ? { status } : {};
    },
  };
};

const activityOf = ({ company, meetings }: PlanInput, meetingId: number): SyncedRecord | null => {
  const meeting = meetings.find(({ id }) => id === meetingId);
  if (meeting === undefined) return null;
  const { pd_activity_id: remoteId, wanted, known } = meeting;
  const isCreatable =
    company.pd_org_id !== null &&
    meeting.activity_wanted &&
    meeting.status !== 'CANCELED' &&
    wanted.participants !== null;
  return {
    remoteId,
    wanted,
    known,
    created: isCreatable ? filledFields(wanted) : null,
    changes: (held) => changedFields(wanted, held),
  };
};

/**
 * @param recordId Hermes id: of the company, contact, deal or meeting
 * @returns null when the record is gone from Hermes
 */
export const syncedRecord = (
  input: PlanInput,
  entity: SyncedEntity,
  recordId: number,
): SyncedRecord | null => {
  switch (entity) {
    case 'organization':
      return organizationOf(input);
    case 'person':
      return personOf(input, recordId);
    case 'deal':
      return dealOf(input, recordId);
    case 'activity':
      return activityOf(input, recordId);
  }
};
