/**
 * What Hermes writes to Pipedrive and asks of it. Pipedrive refuses a whole request for one unknown key, so these types are
 * exact: what is not named here cannot be sent.
 */

/**
 * By field code; null clears a field. Text, number, option id, list of option ids, or an object for the types that have
 * parts. A set is cleared with null: an empty list is refused.
 */
export type CustomFieldValue = string | number | readonly number[] | Readonly<Record<string, unknown>> | null;
export type CustomFieldValues = Readonly<Record<string, CustomFieldValue>>;

/** `value` is required, and parts that are left out become null, also in a change. */
export type AddressInput = { value: string; country?: string };

export type NewOrganization = {
  name: string;
  owner_id?: number;
  address?: AddressInput;
  custom_fields?: CustomFieldValues;
};
export type OrganizationChange = {
  name?: string;
  owner_id?: number;
  address?: AddressInput | null;
  custom_fields?: CustomFieldValues;
};

/** The whole list is replaced; of several primaries the last wins. */
export type ContactDetail = { value: string; label: string; primary: boolean };

export type MarketingStatus = 'no_consent' | 'unsubscribed' | 'subscribed' | 'archived';

/** Either the whole name or its parts: both together are refused. */
type PersonName =
  | { name: string; first_name?: never; last_name?: never }
  | { name?: never; first_name: string; last_name?: string | null }
  | { name?: never; first_name?: string | null; last_name: string };
type NoPersonName = { name?: never; first_name?: never; last_name?: never };

type PersonValues = {
  org_id?: number | null;
  owner_id?: number;
  emails?: readonly ContactDetail[];
  phones?: readonly ContactDetail[];
  marketing_status?: MarketingStatus;
  custom_fields?: CustomFieldValues;
};
export type NewPerson = PersonName & PersonValues;
export type PersonChange = (PersonName | NoPersonName) & PersonValues;

export type DealStatus = 'open' | 'won' | 'lost';

type DealValues = {
  org_id?: number | null;
  person_id?: number | null;
  owner_id?: number;
  /** Send it together with the stage, and of the same pipeline. */
  pipeline_id?: number;
  stage_id?: number;
  status?: DealStatus;
  custom_fields?: CustomFieldValues;
};
export type NewDeal = { title: string } & DealValues;
export type DealChange = { title?: string } & DealValues;

type ActivityValues = {
  /** YYYY-MM-DD, UTC. */
  due_date?: string;
  /** HH:MM, UTC. */
  due_time?: string;
  /** HH:MM. */
  duration?: string;
  owner_id?: number;
  org_id?: number;
  deal_id?: number;
  /** person_id cannot be written: the primary participant becomes it. */
  participants?: readonly { person_id: number; primary: boolean }[];
  busy?: boolean;
  done?: boolean;
  public_description?: string;
  note?: string;
};
export type NewActivity = { subject: string; type: string } & ActivityValues;
export type ActivityChange = { subject?: string; type?: string } & ActivityValues;

export type PageParams = {
  cursor?: string | undefined;
  /** At most 500 (100 for itemSearch); the price is the same for every size. */
  limit?: number | undefined;
};

export type ListParams<SortBy extends string = 'id' | 'update_time' | 'add_time'> = PageParams & {
  /** At most 100. Missing, deleted and invisible ones are left out of the answer without a word. */
  ids?: readonly number[] | undefined;
  owner_id?: number | undefined;
  /** Records changed at this time or later; counted in whole seconds. */
  updated_since?: Date | undefined;
  /** Records changed before this time. */
  updated_until?: Date | undefined;
  sort_by?: SortBy | undefined;
  sort_direction?: 'asc' | 'desc' | undefined;
};
export type OrganizationListParams = ListParams;
export type PersonListParams = ListParams & {
  org_id?: number | undefined;
  deal_id?: number | undefined;
};
export type DealListParams = ListParams & {
  org_id?: number | undefined;
  person_id?: number | undefined;
  pipeline_id?: number | undefined;
  stage_id?: number | undefined;
  /** `deleted`: those of the last 30 days. */
  status?: readonly (DealStatus | 'deleted')[] | undefined;
};
export type ActivityListParams = Omit<ListParams<'id' | 'update_time' | 'add_time' | 'due_date'>, 'ids'> & {
  org_id?: number | undefined;
  deal_id?: number | undefined;
  person_id?: number | undefined;
  done?: boolean | undefined;
};
export type StageListParams = PageParams & { pipeline_id?: number | undefined };

/** `term`: at least 2 characters, 1 with `exact_match`, which is not case-sensitive all the same. */
export type SearchParams<FieldName extends string> = PageParams & {
  term: string;
  fields?: readonly FieldName[] | undefined;
  exact_match?: boolean | undefined;
};
export type OrganizationSearchParams = SearchParams<'name' | 'address' | 'custom_fields' | 'notes'>;
export type PersonSearchParams = SearchParams<'name' | 'email' | 'phone' | 'custom_fields' | 'notes'> & {
  organization_id?: number | undefined;
};

/** The only search that looks at one given field; it is case-sensitive. */
export type FieldSearchParams = PageParams & {
  term: string;
  entity_type: 'organization' | 'person' | 'deal';
  /** A field code. */
  field: string;
  match?: 'exact' | 'beginning' | 'middle' | undefined;
};

export type FieldEntity = 'organization' | 'person' | 'deal';

export type NewField = {
  field_name: string;
  field_type:
    | 'varchar'
    | 'varchar_auto'
    | 'text'
    | 'double'
    | 'monetary'
    | 'enum'
    | 'set'
    | 'user'
    | 'org'
    | 'people'
    | 'phone'
    | 'date'
    | 'daterange'
    | 'time'
    | 'timerange'
    | 'address';
  /** Required for `enum` and `set`. */
  options?: readonly { label: string }[];
};

export type NewWebhook = {
  subscription_url: string;
  event_action: 'create' | 'change' | 'delete' | '*';
  event_object: 'organization' | 'person' | 'deal' | 'pipeline' | 'stage';
  name: string;
  /** Always sent: the default has changed before. */
  version: '2.0';
  /** Events are filtered by this user's rights. */
  user_id?: number;
  http_auth_user?: string;
  http_auth_password?: string;
};
