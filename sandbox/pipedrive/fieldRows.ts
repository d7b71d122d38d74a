/**
 * Field definitions: what /organizationFields, /personFields, /dealFields and /activityFields list.
 */
import type { FieldEntity } from './rows.ts';

export interface FieldOption {
  id: number;
  label: string;
  color: string | null;
  add_time: string;
  update_time: string;
}

export interface Subfield {
  field_code: string;
  field_name: string;
  field_type: string;
}

export interface FieldRow {
  field_name: string;
  /** 40 hex characters for a custom field, a plain name for a built-in one; never changes. */
  field_code: string;
  description: string | null;
  field_type: string;
  options: FieldOption[] | null;
  subfields: Subfield[] | null;
  is_custom_field: boolean;
  is_optional_response_field: boolean;
  is_writable: boolean;
}

/** The sixteen types that a custom field can be made of. */
export const customFieldTypes = [
  'varchar',
  'varchar_auto',
  'text',
  'double',
  'monetary',
  'enum',
  'set',
  'user',
  'org',
  'people',
  'phone',
  'date',
  'daterange',
  'time',
  'timerange',
  'address',
] as const;
export type CustomFieldType = (typeof customFieldTypes)[number];

/** Types whose values a search can find. */
export const searchableTypes: ReadonlySet<string> = new Set([
  'address',
  'varchar',
  'text',
  'varchar_auto',
  'double',
  'monetary',
  'phone',
]);

export type FieldOwner = FieldEntity | 'activity';

const addressParts = [
  'subpremise',
  'street_number',
  'route',
  'sublocality',
  'locality',
  'admin_area_level_1',
  'admin_area_level_2',
  'country',
  'postal_code',
  'formatted_address',
];

const partsOf: Record<string, [part: string, type: string][]> = {
  address: addressParts.map((part) => [part, 'varchar']),
  monetary: [['currency', 'varchar']],
  daterange: [['until', 'date']],
  time: [['timezone_id', 'int']],
  timerange: [
    ['until', 'time'],
    ['timezone_id', 'int'],
  ],
};

/** The parts of a composed type, null for a simple one. */
export const subfieldsOf = (code: string, name: string, type: string): Subfield[] | null =>
  partsOf[type]?.map(([part, partType]) => ({
    field_code: `${code}_${part}`,
    field_name: `${name} ${part.replaceAll('_', ' ')}`,
    field_type: partType,
  })) ?? null;

const readOnly = new Set([
  'id',
  'update_time',
  'creator_user_id',
  'stage_change_time',
  'org_name',
  'picture_id',
]);

const optional = new Set([
  'next_activity_id',
  'last_activity_id',
  'open_deals_count',
  'closed_deals_count',
  'won_deals_count',
  'lost_deals_count',
  'people_count',
  'activities_count',
]);

const builtIn: Record<FieldOwner, [code: string, name: string, type: string][]> = {
  organization: [
    ['id', 'ID', 'int'],
    ['name', 'Name', 'varchar'],
    ['owner_id', 'Owner', 'user'],
    ['label_ids', 'Labels', 'set'],
    ['add_time', 'Organization created', 'date'],
    ['update_time', 'Update time', 'date'],
    ['visible_to', 'Visible to', 'visible_to'],
    ['address', 'Address', 'address'],
    ['picture_id', 'Profile picture', 'picture'],
    ['next_activity_id', 'Next activity', 'activity'],
    ['last_activity_id', 'Last activity', 'activity'],
    ['open_deals_count', 'Open deals', 'int'],
    ['closed_deals_count', 'Closed deals', 'int'],
    ['won_deals_count', 'Won deals', 'int'],
    ['lost_deals_count', 'Lost deals', 'int'],
    ['people_count', 'People', 'int'],
    ['activities_count', 'Total activities', 'int'],
  ],
  person: [
    ['id', 'ID', 'int'],
    ['name', 'Name', 'varchar'],
    ['first_name', 'First name', 'varchar'],
    ['last_name', 'Last name', 'varchar'],
    ['owner_id', 'Owner', 'user'],
    ['org_id', 'Organization', 'org'],
    ['emails', 'Email', 'varchar'],
    ['phones', 'Phone', 'phone'],
    ['label_ids', 'Labels', 'set'],
    ['add_time', 'Person created', 'date'],
    ['update_time', 'Update time', 'date'],
    ['visible_to', 'Visible to', 'visible_to'],
    ['picture_id', 'Profile picture', 'picture'],
    ['next_activity_id', 'Next activity', 'activity'],
    ['last_activity_id', 'Last activity', 'activity'],
    ['open_deals_count', 'Open deals', 'int'],
  ],
  deal: [
    ['id', 'ID', 'int'],
    ['title', 'Title', 'varchar'],
    ['creator_user_id', 'Creator', 'user'],
    ['owner_id', 'Owner', 'user'],
    ['value', 'Value', 'monetary'],
    ['person_id', 'Contact person', 'people'],
    ['org_id', 'Organization', 'org'],
    ['pipeline_id', 'Pipeline', 'int'],
    ['stage_id', 'Stage', 'stage'],
    ['status', 'Status', 'status'],
    ['probability', 'Probability', 'int'],
    ['lost_reason', 'Lost reason', 'varchar_options'],
    ['label_ids', 'Labels', 'set'],
    ['add_time', 'Deal created', 'date'],
    ['update_time', 'Update time', 'date'],
    ['stage_change_time', 'Last stage change', 'date'],
    ['expected_close_date', 'Expected close date', 'date'],
    ['close_time', 'Deal closed on', 'date'],
    ['won_time', 'Won time', 'date'],
    ['lost_time', 'Lost time', 'date'],
    ['visible_to', 'Visible to', 'visible_to'],
    ['next_activity_id', 'Next activity', 'activity'],
    ['last_activity_id', 'Last activity', 'activity'],
  ],
  activity: [
    ['id', 'ID', 'int'],
    ['subject', 'Subject', 'varchar'],
    ['type', 'Type', 'enum'],
    ['owner_id', 'Assigned to user', 'user'],
    ['due_date', 'Due date', 'date'],
    ['due_time', 'Due time', 'time'],
    ['duration', 'Duration', 'time'],
    ['done', 'Done', 'boolean'],
    ['busy', 'Free/busy', 'boolean'],
    ['deal_id', 'Deal', 'deal'],
    ['org_id', 'Organization', 'org'],
    ['participants', 'Contact person', 'people'],
    ['note', 'Note', 'text'],
    ['add_time', 'Add time', 'date'],
    ['update_time', 'Update time', 'date'],
  ],
};

/** The fields every account has. */
export const builtInFields = (owner: FieldOwner): FieldRow[] =>
  builtIn[owner].map(([field_code, field_name, field_type]) => ({
    field_name,
    field_code,
    description: null,
    field_type,
    options: field_type === 'set' || field_type === 'enum' ? [] : null,
    subfields: subfieldsOf(field_code, field_name, field_type),
    is_custom_field: false,
    is_optional_response_field: optional.has(field_code),
    is_writable: !readOnly.has(field_code) && !optional.has(field_code),
  }));
