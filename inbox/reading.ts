/**
 * Events that Hermes makes itself of a record it read from Pipedrive: they go the way of a webhook that brought the same, under the
 * same rules, visible and replayable like any other.
 */
import type { Knex } from 'knex';
import { sha256 } from '../domain/values/sha256.ts';
import { eventWorkflowId, type EventWorkflowType } from '../workflows/names.ts';

export type ReadEntity = 'organization' | 'person' | 'deal';

export interface Reading {
  entity: ReadEntity;
  /** As the REST API answers it. */
  record: { id: number } & Record<string, unknown>;
  /** The database's time just before it was read. */
  readAt: Date;
  companyId: number | null;
  /** Of two readings with one key the first is kept. */
  key: string;
  /** Who read it, such as reconcile. */
  by: string;
}

const types: Record<ReadEntity, EventWorkflowType> = {
  organization: 'PdOrganizationUpdated',
  person: 'PdPersonUpdated',
  deal: 'PdDealUpdated',
};

/** The dedupe key that a reading's key becomes. */
export const readingKey = (key: string): string => sha256(key).toString('hex');

/** The row of the inbox. */
export const readingRow = ({ entity, record, readAt, companyId, key, by }: Reading) => {
  const body = Buffer.from(
    JSON.stringify({
      meta: { entity, entity_id: String(record.id), action: 'change', version: '2.0' },
      data: { id: record.id },
    }),
  );
  const dedupeKey = readingKey(key);
  const subject = `${entity}-${record.id}`;
  return {
    source: 'pipedrive',
    dedupe_key: dedupeKey,
    type: types[entity],
    subject,
    summary: `Pipedrive ${entity} ${record.id}, read by ${by}`,
    body,
    body_hash: sha256(body),
    event_at: readAt,
    received_at: readAt,
    // Of its moment: an inbox that was emptied may be filled again while Temporal still knows the earlier run.
    workflow_id: eventWorkflowId('pipedrive', subject, readingKey(`${key}:${readAt.toISOString()}`)),
    company_id: companyId,
    read_body: JSON.stringify(record),
    read_at: readAt,
  };
};

/**
 * Files readings and calls the relay, in the transaction given.
 *
 * @returns ids of the rows; those that were filed before are left out
 */
export const fileReadings = async (trx: Knex, readings: readonly Reading[]): Promise<number[]> => {
  const inserted = (await trx('webhook')
    .insert(readings.map(readingRow))
    .onConflict(['source', 'dedupe_key'])
    .ignore()
    .returning('id')) as { id: number }[];
  await trx.raw('notify hermes_webhook');
  return inserted.map(({ id }) => id);
};
