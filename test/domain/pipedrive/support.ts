import type { FieldMap, MappedCustomField } from '../../../domain/pipedrive/fieldMap.ts';
import type { FieldDefinition } from '../../../domain/pipedrive/fieldValue.ts';
import type {
  PlanInput,
  PlannedContact,
  PlannedDeal,
  PlannedMeeting,
} from '../../../domain/pipedrive/plan.ts';

type Keys = Partial<FieldMap['keys']>;

export const fieldMap = (
  keys: Keys = {},
  definitions: Record<string, FieldDefinition> = {},
  customFields: readonly MappedCustomField[] = [],
): FieldMap => {
  const all = new Map(Object.entries(definitions));
  return {
    keys: { organization: {}, person: {}, deal: {}, ...keys },
    definitions: { organization: all, person: all, deal: all },
    customFields,
  };
};

export const customField = (overrides: Partial<MappedCustomField>): MappedCustomField => ({
  id: 1,
  machineName: 'test_field',
  entity: 'organization',
  type: 'text',
  pipedriveKey: 'h_test',
  column: null,
  tc2MachineName: null,
  ...overrides,
});

/** A linked company in sync; parts may differ. */
export const planInput = (
  company: Partial<PlanInput['company']> = {},
  rest: Partial<Omit<PlanInput, 'company'>> = {},
): PlanInput => ({
  createDeals: true,
  company: {
    id: 1,
    pd_org_id: 20,
    is_deleted: false,
    deleted_by: null,
    narc: false,
    paid_invoice_count: 0,
    wanted: { name: 'Harbour Tutors' },
    known: { name: 'Harbour Tutors' },
    ...company,
  },
  contacts: [],
  deals: [],
  meetings: [],
  ...rest,
});

export const plannedContact = (overrides: Partial<PlannedContact> = {}): PlannedContact => ({
  id: 7,
  pd_person_id: 70,
  is_deleted: false,
  wanted: { name: 'Nell Harbour' },
  known: { name: 'Nell Harbour' },
  ...overrides,
});

export const plannedDeal = (overrides: Partial<PlannedDeal> = {}): PlannedDeal => ({
  id: 9,
  pd_deal_id: 90,
  status: 'open',
  booked: false,
  wanted: { title: 'Harbour Tutors', 'custom_fields.h_count': '5' },
  entry: { pipeline_id: 1, stage_id: 11 },
  wantedCount: { 'custom_fields.h_count': '5' },
  known: { title: 'Harbour Tutors', 'custom_fields.h_count': '5', status: 'open' },
  ...overrides,
});

export const plannedMeeting = (overrides: Partial<PlannedMeeting> = {}): PlannedMeeting => ({
  id: 3,
  meeting_type: 'sales',
  status: 'PLANNED',
  pd_activity_id: null,
  activity_wanted: true,
  contact_id: 7,
  wanted: { subject: 'TutorCruncher demo with Sam Sales' },
  known: null,
  ...overrides,
});
