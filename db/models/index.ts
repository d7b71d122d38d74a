/** The records of Hermes. */
export { Admin } from './admin.ts';
export { Company } from './company.ts';
export { Contact } from './contact.ts';
export { CustomField, CustomFieldValue, type PipedriveEntity } from './customField.ts';
export { Deal, type DealStatus } from './deal.ts';
export { Meeting, type MeetingStatus, type MeetingType } from './meeting.ts';
export { Config, Pipeline, Stage } from './pipeline.ts';
export { RemoteRecord, type KnownFields, type RemoteEntity, type RemoteSystem } from './remoteRecord.ts';
export type { Row } from './rows.ts';
export { Webhook, type WebhookOutcome, type WebhookSource } from './webhook.ts';

import type { Company } from './company.ts';
import type { Contact } from './contact.ts';
import type { Deal } from './deal.ts';
import type { Meeting } from './meeting.ts';
import type { Row } from './rows.ts';

export type CompanyRow = Row<
  Company,
  'contacts' | 'deals' | 'meetings' | 'sales_person' | 'support_person' | 'bdr_person'
>;
export type ContactRow = Row<Contact>;
export type DealRow = Row<Deal, 'pipeline' | 'stage' | 'contact'>;
export type MeetingRow = Row<Meeting, 'admin' | 'contact' | 'deal'>;
