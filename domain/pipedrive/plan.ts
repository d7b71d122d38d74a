/**
 * Which calls bring Pipedrive to what Hermes holds of one company: the level-triggered heart of the sync.
 *
 * Pure: it gets the records, what is wanted and what is known, and gives steps in the order in which they must be made. A step is one
 * call; it names a record by id, and loads its values when it runs.
 */
import { isPaying } from '../company/terms.ts';
import { organizationChanges, personChanges } from './changes.ts';
import { changedFields, type Fields } from './fields.ts';

export type StepCall =
  | 'linkOrganization'
  | 'readOrganization'
  | 'updateOrganization'
  | 'deleteOrganization'
  | 'createPerson'
  | 'readPerson'
  | 'updatePerson'
  | 'deletePerson'
  | 'createDeal'
  | 'readDeal'
  | 'updateDeal'
  | 'deleteDeal'
  | 'createActivity'
  | 'updateActivity'
  | 'deleteActivity';

export interface Step {
  call: StepCall;
  /** Hermes id of the record: company, contact, deal or meeting. */
  recordId: number;
  /** Names of the fields that differ, for operators. */
  fields: string[];
}

export interface PlannedCompany {
  id: number;
  pd_org_id: number | null;
  is_deleted: boolean;
  deleted_by: string | null;
  narc: boolean;
  paid_invoice_count: number | null;
  wanted: Fields;
  known: Fields | null;
}

export interface PlannedContact {
  id: number;
  pd_person_id: number | null;
  is_deleted: boolean;
  wanted: Fields;
  known: Fields | null;
}

export interface PlannedDeal {
  id: number;
  pd_deal_id: number | null;
  status: string;
  booked: boolean;
  /** What an update may write: never pipeline or stage (SYN-47). */
  wanted: Fields;
  /** Pipeline and stage, which only a create sends. */
  entry: Fields;
  /** The single field that a paying company's deal gets. */
  wantedCount: Fields;
  known: Fields | null;
}

export interface PlannedMeeting {
  id: number;
  meeting_type: string;
  status: string;
  pd_activity_id: number | null;
  activity_wanted: boolean;
  contact_id: number | null;
  wanted: Fields;
  known: Fields | null;
}

export interface PlanInput {
  company: PlannedCompany;
  contacts: readonly PlannedContact[];
  deals: readonly PlannedDeal[];
  meetings: readonly PlannedMeeting[];
  /** SYNC_CREATE_DEALS */
  createDeals: boolean;
}

const step = (call: StepCall, recordId: number, fields: Fields = {}): Step => ({
  call,
  recordId,
  fields: Object.keys(fields),
});

/** The update of a linked record, where anything differs. */
const updateOf = (call: StepCall, recordId: number, changes: Fields): Step[] =>
  Object.keys(changes).length === 0 ? [] : [step(call, recordId, changes)];

const isClosed = (status: unknown): boolean => status === 'won' || status === 'lost' || status === 'deleted';

const cancelled = (meetings: readonly PlannedMeeting[]): Step[] =>
  meetings
    .filter((one) => one.pd_activity_id !== null && one.status === 'CANCELED')
    .map((one) => step('deleteActivity', one.id));

/**
 * NARC-03 to NARC-05: deals, persons and organization of a company that is not a real client leave Pipedrive, what hangs on others
 * first. The activity of a call that is still to come stays: someone has it in the calendar.
 */
const purge = ({ company, contacts, deals, meetings }: PlanInput): Step[] => [
  ...cancelled(meetings),
  ...deals.filter((one) => one.pd_deal_id !== null).map((one) => step('deleteDeal', one.id)),
  ...contacts.filter((one) => one.pd_person_id !== null).map((one) => step('deletePerson', one.id)),
  ...(company.pd_org_id === null ? [] : [step('deleteOrganization', company.id)]),
];

/** A deal that Hermes closed while Pipedrive has it open is closed there (NARC-09); nothing is ever reopened (SYN-19). */
const closings = (deals: readonly PlannedDeal[]): Step[] =>
  deals
    .filter((deal) => deal.pd_deal_id !== null && deal.status === 'lost')
    .flatMap((deal) => {
      if (deal.known === null || deal.known.status === undefined) return [step('readDeal', deal.id)];
      return deal.known.status === 'open' ? [step('updateDeal', deal.id, { status: 'lost' })] : [];
    });

const organizationSteps = ({ company }: PlanInput): Step[] => {
  if (company.pd_org_id === null) return [step('linkOrganization', company.id)];
  if (company.known === null) return [step('readOrganization', company.id)];
  return updateOf('updateOrganization', company.id, organizationChanges(company.wanted, company.known));
};

const personSteps = ({ contacts }: PlanInput): Step[] =>
  contacts
    .filter((contact) => !contact.is_deleted)
    .flatMap((contact) => {
      if (contact.pd_person_id === null) return [step('createPerson', contact.id)];
      if (contact.known === null) return [step('readPerson', contact.id)];
      return updateOf('updatePerson', contact.id, personChanges(contact.wanted, contact.known));
    });

/** OPS-01 to OPS-17: a paying company's open deals get its count and nothing else, without a reading before. */
const payingDealSteps = (deal: PlannedDeal): Step[] => {
  if (deal.pd_deal_id === null) return deal.booked ? [step('createDeal', deal.id)] : [];
  if (deal.known !== null && isClosed(deal.known.status)) return [];
  return updateOf('updateDeal', deal.id, changedFields(deal.wantedCount, deal.known ?? {}));
};

const fullDealSteps = (deal: PlannedDeal): Step[] => {
  if (deal.pd_deal_id === null) return [step('createDeal', deal.id)];
  if (deal.known === null || deal.known.title === undefined) return [step('readDeal', deal.id)];
  if (isClosed(deal.known.status)) return [];
  return updateOf('updateDeal', deal.id, changedFields(deal.wanted, deal.known));
};

const openDealSteps = ({ company, deals, createDeals }: PlanInput): Step[] =>
  deals
    .filter((deal) => deal.status === 'open')
    .flatMap((deal) => (isPaying(company) ? payingDealSteps(deal) : fullDealSteps(deal)))
    .filter(({ call }) => createDeals || call !== 'createDeal');

/**
 * The organization is made anew (SYN-69) under persons and deals that are there: only then is it seen what they lack, and which of them
 * are gone.
 */
const isRelinked = ({ company, contacts, deals }: PlanInput): boolean =>
  company.pd_org_id === null &&
  (contacts.some((contact) => contact.pd_person_id !== null) ||
    deals.some((deal) => deal.pd_deal_id !== null && deal.status === 'open'));

const activitySteps = (input: PlanInput): Step[] => {
  // CBS-49: the company first. The next comparison has the persons and deals, then the activity.
  if (isRelinked(input)) return [];
  const { meetings, contacts } = input;
  return meetings.flatMap((meeting) => {
    if (meeting.status === 'CANCELED') {
      return meeting.pd_activity_id === null ? [] : [step('deleteActivity', meeting.id)];
    }
    if (meeting.pd_activity_id === null) {
      // The contact's person is made before; a contact that is gone gets no activity (CBU-09).
      const alive = contacts.some((contact) => contact.id === meeting.contact_id && !contact.is_deleted);
      return meeting.activity_wanted && alive ? [step('createActivity', meeting.id)] : [];
    }
    if (meeting.known === null) return [];
    return updateOf('updateActivity', meeting.id, changedFields(meeting.wanted, meeting.known));
  });
};

/**
 * The steps that are due: none when Pipedrive holds what is wanted, as far as is known.
 *
 * A step for a record that another step of the list is yet to link is in the list, too: it finds the link when it runs.
 */
export const planSync = (input: PlanInput): Step[] => {
  const { company } = input;
  // Deleted by someone in Pipedrive: nothing of it is touched there any more, whatever TC2 says (PDO-31, PDO-32).
  if (company.is_deleted && company.deleted_by !== 'tc2') return [];
  if (company.narc) return purge(input);
  if (company.is_deleted) return closings(input.deals);
  return [
    ...organizationSteps(input),
    ...personSteps(input),
    ...openDealSteps(input),
    ...closings(input.deals),
    ...activitySteps(input),
  ];
};
