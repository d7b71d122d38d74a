/** Where a record's link to its counterpart in Pipedrive is kept, and the column that names its company. */
export const pipedriveLinks = {
  organization: { table: 'company', column: 'pd_org_id', company: 'id' },
  person: { table: 'contact', column: 'pd_person_id', company: 'company_id' },
  deal: { table: 'deal', column: 'pd_deal_id', company: 'company_id' },
  activity: { table: 'meeting', column: 'pd_activity_id', company: 'company_id' },
} as const;
