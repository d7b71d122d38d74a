/** The branch of the example: its staff and its custom fields. */
import type { ExtraAttrDefinition } from './changes.ts';
import type { AdminRef } from './events.ts';

export const exampleAdmins: AdminRef[] = [
  { id: 64, first_name: 'Sam', last_name: 'Sales', email: 'sam@tutorcruncher.example' },
  { id: 77, first_name: 'Sol', last_name: 'Support', email: 'sol@tutorcruncher.example' },
];

/** The client custom fields of the example branch: those read from sign-up and the four that are written back. */
export const exampleExtraAttrs: ExtraAttrDefinition[] = [
  { id: 11, machine_name: 'utm_source', name: 'UTM source', type: 'Short Text' },
  { id: 12, machine_name: 'utm_campaign', name: 'UTM campaign', type: 'Short Text' },
  { id: 13, machine_name: 'estimated_monthly_income', name: 'Estimated income', type: 'Dropdown' },
  { id: 14, machine_name: 'pipedrive_url', name: 'Pipedrive URL', type: 'Long Text' },
  { id: 15, machine_name: 'pipedrive_id', name: 'Pipedrive id', type: 'Number' },
  { id: 16, machine_name: 'pipedrive_deal_stage', name: 'Pipedrive deal stage', type: 'Long Text' },
  { id: 17, machine_name: 'pipedrive_pipeline', name: 'Pipedrive pipeline', type: 'Long Text' },
  { id: 18, machine_name: 'utm_medium', name: 'UTM medium', type: 'Short Text' },
  { id: 19, machine_name: 'gclid', name: 'GCLID', type: 'Short Text' },
  { id: 20, machine_name: 'termination_category', name: 'Termination category', type: 'Dropdown' },
];
