/** What applying an event of Pipedrive works with. */
import type { Knex } from 'knex';
import type { FieldMap } from '../../../domain/pipedrive/fieldMap.ts';
import type { KnownSubject } from '../../../domain/pipedriveWebhook/subject.ts';
import type { ChangeSource } from '../changes.ts';
import type { HermesDependencies } from '../deps.ts';
import type { RemoteKnowledge } from '../remoteRecord.ts';

/** What applying Pipedrive's events closes over. */
export interface PdEventDependencies extends HermesDependencies {
  fieldMap: () => Promise<FieldMap>;
}

/** What is said of one record, and all that was known of it. */
export interface PdSubject extends KnownSubject {
  record: RemoteKnowledge;
}

export interface PdContext {
  trx: Knex.Transaction;
  deps: PdEventDependencies;
  map: FieldMap;
  by: ChangeSource;
  /** Readings since then count as made for this event. */
  receivedAt: Date;
  /** Companies whose version this event raised. */
  raised: Set<number>;
}
