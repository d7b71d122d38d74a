/** The file's words for an admin's flags, and the columns that hold them. */
export const roleColumns = {
  sales: 'is_sales_person',
  support: 'is_support_person',
  bdr: 'is_bdr_person',
} as const;

export const planColumns = {
  payg: 'sells_payg',
  startup: 'sells_startup',
  enterprise: 'sells_enterprise',
} as const;

export const regionColumns = {
  us: 'sells_us',
  gb: 'sells_gb',
  au: 'sells_au',
  ca: 'sells_ca',
  eu: 'sells_eu',
  row: 'sells_row',
} as const;
