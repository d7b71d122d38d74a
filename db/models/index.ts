/** The records of Hermes. */
export { Admin } from './admin.ts';
export { Company } from './company.ts';
export { Contact } from './contact.ts';
export { CustomField, CustomFieldValue, type PipedriveEntity } from './customField.ts';
export { Deal, type DealStatus } from './deal.ts';
export { Meeting, type MeetingStatus, type MeetingType } from './meeting.ts';
export { Config, Pipeline, Stage } from './pipeline.ts';
export { RemoteRecord, type KnownFields, type RemoteEntity, type RemoteSystem } from './remoteRecord.ts';
export { Webhook, type WebhookOutcome, type WebhookSource } from './webhook.ts';
