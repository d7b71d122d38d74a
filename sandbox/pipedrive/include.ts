/**
 * Response fields that come only when `include_fields` asks for them.
 */
import type { ActivityRow, DealRow, EntityName, RowTypes } from './rows.ts';
import type { Store } from './store.ts';

type Compute<E extends EntityName> = Record<string, (store: Store, row: RowTypes[E]) => unknown>;

const liveDeals = (store: Store, matches: (deal: DealRow) => boolean): DealRow[] =>
  [...store.deals.values()].filter((deal) => !deal.is_deleted && matches(deal));

const liveActivities = (store: Store, matches: (activity: ActivityRow) => boolean): ActivityRow[] =>
  [...store.activities.values()].filter((activity) => !activity.is_deleted && matches(activity));

const nextActivity = (activities: ActivityRow[]): number | null =>
  activities
    .filter((activity) => !activity.done)
    .sort((a, b) => `${a.due_date}${a.due_time}`.localeCompare(`${b.due_date}${b.due_time}`))[0]?.id ?? null;

const lastActivity = (activities: ActivityRow[]): number | null =>
  activities
    .filter((activity) => activity.done)
    .sort((a, b) => `${b.due_date}${b.due_time}`.localeCompare(`${a.due_date}${a.due_time}`))[0]?.id ?? null;

const none = (): number => 0;
const nothing = (): null => null;

const activityCounts = <E extends EntityName>(
  hangsOn: (activity: ActivityRow, row: RowTypes[E]) => boolean,
): Compute<E> => {
  const of = (store: Store, row: RowTypes[E]): ActivityRow[] =>
    liveActivities(store, (activity) => hangsOn(activity, row));
  return {
    next_activity_id: (store, row) => nextActivity(of(store, row)),
    last_activity_id: (store, row) => lastActivity(of(store, row)),
    activities_count: (store, row) => of(store, row).length,
    done_activities_count: (store, row) => of(store, row).filter((activity) => activity.done).length,
    undone_activities_count: (store, row) => of(store, row).filter((activity) => !activity.done).length,
    email_messages_count: none,
    files_count: none,
    notes_count: none,
    followers_count: none,
    smart_bcc_email: (store) => `${store.settings.companyDomain}@pipedrivemail.example`,
  };
};

const dealCounts = <E extends 'organization' | 'person'>(
  hangsOn: (deal: DealRow, row: RowTypes[E]) => boolean,
): Compute<E> => {
  const count =
    (...statuses: DealRow['status'][]) =>
    (store: Store, row: RowTypes[E]): number =>
      liveDeals(store, (deal) => hangsOn(deal, row) && statuses.includes(deal.status)).length;
  return {
    open_deals_count: count('open'),
    related_open_deals_count: none,
    closed_deals_count: count('won', 'lost'),
    related_closed_deals_count: none,
    won_deals_count: count('won'),
    related_won_deals_count: none,
    lost_deals_count: count('lost'),
    related_lost_deals_count: none,
  };
};

const participates = (activity: ActivityRow, personId: number): boolean =>
  activity.participants.some((participant) => participant.person_id === personId);

/** By entity and name of the field. */
export const includeFields: { [E in EntityName]: Compute<E> } = {
  organization: {
    ...activityCounts<'organization'>((activity, row) => activity.org_id === row.id),
    ...dealCounts<'organization'>((deal, row) => deal.org_id === row.id),
    people_count: (store, row) =>
      [...store.persons.values()].filter((person) => !person.is_deleted && person.org_id === row.id).length,
  },
  person: {
    ...activityCounts<'person'>((activity, row) => participates(activity, row.id)),
    ...dealCounts<'person'>((deal, row) => deal.person_id === row.id),
    participant_open_deals_count: none,
    participant_closed_deals_count: none,
    last_incoming_mail_time: nothing,
    last_outgoing_mail_time: nothing,
    marketing_status: (_store, row) => row.marketing_status,
    doi_status: nothing,
  },
  deal: {
    ...activityCounts<'deal'>((activity, row) => activity.deal_id === row.id),
    first_won_time: (_store, row) => row.first_won_time,
    products_count: none,
    participants_count: (_store, row) => (row.person_id === null ? 0 : 1),
    last_incoming_mail_time: nothing,
    last_outgoing_mail_time: nothing,
    source_lead_id: nothing,
  },
  activity: { attendees: (_store, row) => row.attendees },
  pipeline: {},
  stage: {},
};
