/**
 * The records of the account, in the shapes REST v2 shows them. Rows are never changed in place: a write puts a new one, so a
 * row held elsewhere (search index, webhook) stays the snapshot it was.
 */

/** Values of custom fields by hash; only those that hold something. */
export type CustomFields = Record<string, unknown>;

export interface Address {
  value: string;
  country: string | null;
  admin_area_level_1: string | null;
  admin_area_level_2: string | null;
  locality: string | null;
  sublocality: string | null;
  route: string | null;
  street_number: string | null;
  subpremise: string | null;
  postal_code: string | null;
  formatted_address: string | null;
}

export interface LabelledValue {
  value: string;
  primary: boolean;
  label: string;
}

interface Dated {
  id: number;
  /** RFC 3339, whole seconds, UTC. */
  add_time: string;
  update_time: string;
  is_deleted: boolean;
}

export interface OrganizationRow extends Dated {
  name: string;
  owner_id: number;
  visible_to: number;
  label_ids: number[];
  address: Address | null;
  website: string | null;
  linkedin: string | null;
  industry: number | null;
  annual_revenue: number | null;
  employee_count: number | null;
  picture_id: number | null;
  custom_fields: CustomFields;
}

export interface PersonRow extends Dated {
  name: string;
  first_name: string | null;
  last_name: string | null;
  owner_id: number;
  org_id: number | null;
  emails: LabelledValue[];
  phones: LabelledValue[];
  visible_to: number;
  label_ids: number[];
  marketing_status: string;
  picture_id: number | null;
  custom_fields: CustomFields;
}

export type DealStatus = 'open' | 'won' | 'lost' | 'deleted';

export interface DealRow extends Dated {
  title: string;
  creator_user_id: number;
  owner_id: number;
  value: number;
  currency: string;
  person_id: number | null;
  org_id: number | null;
  pipeline_id: number;
  stage_id: number;
  status: DealStatus;
  probability: number | null;
  lost_reason: string | null;
  visible_to: number;
  close_time: string | null;
  won_time: string | null;
  first_won_time: string | null;
  lost_time: string | null;
  stage_change_time: string | null;
  expected_close_date: string | null;
  is_archived: boolean;
  archive_time: string | null;
  label_ids: number[];
  origin: string;
  origin_id: string | null;
  channel: number | null;
  channel_id: string | null;
  custom_fields: CustomFields;
}

export interface Participant {
  person_id: number;
  primary: boolean;
}

export interface Attendee {
  email: string;
  name: string | null;
  status: string;
  is_organizer: boolean;
  person_id: number | null;
  user_id: number | null;
}

export interface ActivityRow extends Dated {
  subject: string;
  type: string;
  owner_id: number;
  creator_user_id: number;
  deal_id: number | null;
  lead_id: string | null;
  org_id: number | null;
  project_id: number | null;
  due_date: string | null;
  /** HH:MM:SS, UTC. */
  due_time: string | null;
  duration: string | null;
  busy: boolean;
  done: boolean;
  marked_as_done_time: string | null;
  location: Address | null;
  participants: Participant[];
  attendees: Attendee[];
  public_description: string | null;
  priority: number | null;
  note: string | null;
}

export interface PipelineRow extends Dated {
  name: string;
  order_nr: number;
  is_deal_probability_enabled: boolean;
}

export interface StageRow extends Dated {
  name: string;
  order_nr: number;
  pipeline_id: number;
  deal_probability: number;
  is_deal_rot_enabled: boolean;
  days_to_rotten: number | null;
}

export interface UserRow {
  id: number;
  name: string;
  email: string;
  phone: string | null;
  is_admin: boolean;
  active_flag: boolean;
  is_deleted: boolean;
  timezone_name: string;
  created: string;
  modified: string;
}

/** What REST v2 offers for each kind of record that can be written. */
export interface RowTypes {
  organization: OrganizationRow;
  person: PersonRow;
  deal: DealRow;
  activity: ActivityRow;
  pipeline: PipelineRow;
  stage: StageRow;
}
export type EntityName = keyof RowTypes;
export type Row = RowTypes[EntityName];

export const entityNames = ['organization', 'person', 'deal', 'activity', 'pipeline', 'stage'] as const;

/** The kinds of record that have custom fields. */
export const fieldEntities = ['organization', 'person', 'deal'] as const;
export type FieldEntity = (typeof fieldEntities)[number];

export const isFieldEntity = (entity: string): entity is FieldEntity =>
  (fieldEntities as readonly string[]).includes(entity);

/** Who writes: in the web application or by the API. */
export interface Actor {
  userId: number;
  source: 'app' | 'api';
}
