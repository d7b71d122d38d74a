/**
 * Applies Pipedrive's events to a database of their own, filed as the door files them and run as their workflow runs them, without
 * Temporal: the loop of apply and read is `runEvent`'s. Records are read from the sandbox over HTTP.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import type pg from 'pg';
import pino from 'pino';
import {
  applyPdDeal,
  applyPdOrganization,
  applyPdPerson,
  applyPdPipeline,
  applyPdStage,
} from '../../activities/hermes/pdEvents/index.ts';
import type { EventResult } from '../../activities/hermes/eventResult.ts';
import { createFieldMapReader } from '../../activities/hermes/fieldMap.ts';
import { loadCompanyState } from '../../activities/pipedrive/companyState.ts';
import { readPdRecord } from '../../activities/pipedrive/readPdRecord.ts';
import { createPipedriveClient } from '../../clients/pipedrive/client.ts';
import { connectDatabase, type Database } from '../../db/connection.ts';
import type { CompanyRow, ContactRow, DealRow } from '../../db/models/index.ts';
import { createPool } from '../../db/pool.ts';
import { planSync, type Step } from '../../domain/pipedrive/plan.ts';
import { readHead } from '../../domain/pipedriveWebhook/envelope.ts';
import { readEnvironment, type Environment } from '../../environment/environment.ts';
import { fileDelivery } from '../../inbox/file.ts';
import { createPipedriveSandbox, type PipedriveSandbox } from '../../sandbox/pipedrive/index.ts';
import { createTestDatabase } from '../support/database.ts';

/** Field keys of the tests' account. */
export const keys = {
  hermes_id: '7f89'.padEnd(40, '0'),
  tc2_status: '5717'.padEnd(40, '0'),
  website: '770b'.padEnd(40, '0'),
  paid_invoice_count: '0c11'.padEnd(40, '0'),
  price_plan: 'aa01'.padEnd(40, '0'),
  estimated_income: 'aa02'.padEnd(40, '0'),
  support_person_id: 'aa03'.padEnd(40, '0'),
  bdr_person_id: 'aa04'.padEnd(40, '0'),
  signup_questionnaire: 'aa05'.padEnd(40, '0'),
  utm_source: 'aa06'.padEnd(40, '0'),
  utm_campaign: 'aa07'.padEnd(40, '0'),
  gclid: 'aa08'.padEnd(40, '0'),
  pay0_dt: 'aa09'.padEnd(40, '0'),
  card_saved_dt: 'aa10'.padEnd(40, '0'),
  tc2_cligency_url: 'aa11'.padEnd(40, '0'),
} as const;
export type FieldName = keyof typeof keys;
export const dealKeys = { ...keys, hermes_id: '5be1'.padEnd(40, '0') };
export const personKey = '8c2f'.padEnd(40, '0');

const dealNames = [
  'hermes_id',
  'tc2_status',
  'website',
  'paid_invoice_count',
  'price_plan',
  'estimated_income',
  'support_person_id',
  'bdr_person_id',
  'signup_questionnaire',
  'utm_source',
  'utm_campaign',
  'tc2_cligency_url',
] as const;

type Json = Record<string, unknown>;

/** Custom fields in webhook shape: text, except users, which are ids. */
export const custom = (
  values: Partial<Record<FieldName, unknown>>,
  of: Record<FieldName, string> = keys,
): Json =>
  Object.fromEntries(
    (Object.entries(values) as [FieldName, unknown][]).map(([name, value]) => [
      of[name],
      value === null
        ? null
        : name.endsWith('_person_id')
          ? { type: 'user', id: value }
          : { type: name.endsWith('_dt') ? 'date' : 'varchar', value },
    ]),
  );

export interface EventOptions {
  entity?: string;
  action?: 'create' | 'change' | 'delete';
  id?: number;
  data?: Json | null;
  previous?: unknown;
  at?: string;
  source?: 'app' | 'api';
  meta?: Json;
}

export interface Applied {
  webhookId: number;
  result: EventResult;
  /** The inbox row. */
  row: {
    outcome: string | null;
    reason: string | null;
    waiting_for: string | null;
    company_id: number | null;
  };
}

export interface PdHarness {
  db: Database;
  environment: Environment;
  pipedrive: PipedriveSandbox;
  /** Lines of the log at warn and above. */
  complaints: { level: number; msg: string }[];
  /** Files an event and applies it. */
  send: (options: EventOptions) => Promise<Applied>;
  /** Applies a filed event again. */
  again: (webhookId: number) => Promise<Applied>;
  company: (id: number) => Promise<CompanyRow>;
  contact: (id: number) => Promise<ContactRow>;
  deal: (id: number) => Promise<DealRow>;
  insert: (table: string, row: Json) => Promise<number>;
  /** What the next sync of a company would do. */
  plan: (companyId: number) => Promise<Step[]>;
  /** Notes that Pipedrive holds what Hermes has of a company, as after a sync. */
  synced: (companyId: number) => Promise<void>;
  reset: () => Promise<void>;
  stop: () => Promise<void>;
}

const tables =
  'webhook, company, contact, deal, meeting, remote_record, create_intent, api_call, field_change, custom_field_value, custom_field, pipedrive_field, pipedrive_field_definition, config, pipeline, stage, admin';

const moment = (): string => new Date().toISOString();

const activityContext = { info: { attempt: 1 }, cancellationSignal: new AbortController().signal };

/** Fails after so many rounds of apply and read: a run that never ends. */
const mostRounds = 8;

export const startPdHarness = async (): Promise<PdHarness> => {
  const database = await createTestDatabase();
  const pipedrive = createPipedriveSandbox();
  const server = await pipedrive.listen();
  const environment = readEnvironment({
    DATABASE_URL: database.url,
    PD_BASE_URL: server.url,
    PD_API_KEY: 'pd-sandbox-key',
    TC2_BASE_URL: 'https://tc2.example',
  });
  const db = connectDatabase(database.url, 6, 'test');
  const pool: pg.Pool = createPool(database.url, 2, () => undefined);
  const complaints: { level: number; msg: string }[] = [];
  const logger = pino(
    { level: 'warn' },
    { write: (line: string) => complaints.push(JSON.parse(line) as { level: number; msg: string }) },
  );
  const shared = () => ({ db, environment, logger, fieldMap: createFieldMapReader(db) });
  const client = createPipedriveClient({ baseUrl: server.url, apiToken: 'pd-sandbox-key' });
  const limits = { windows: [{ bucket: 'pipedrive', max: 1000 }], periodSeconds: 1 };
  const activities = {
    PdOrganizationUpdated: applyPdOrganization,
    PdPersonUpdated: applyPdPerson,
    PdDealUpdated: applyPdDeal,
    PdPipelineUpdated: applyPdPipeline,
    PdStageUpdated: applyPdStage,
  };

  const run = async (webhookId: number): Promise<EventResult> => {
    const { type } = (await db('webhook').where({ id: webhookId }).first('type')) as {
      type: keyof typeof activities;
    };
    for (let round = 0; round < mostRounds; round += 1) {
      const result = await activities[type](shared())({ webhookId });
      if (result.kind !== 'readNeeded') return result;
      await asyncLocalStorage.run(activityContext as unknown as Context, () =>
        readPdRecord({ ...shared(), pipedrive: client, limits: { calls: limits, searches: limits } })({
          webhookId,
        }),
      );
    }
    throw new Error(`the event ${webhookId} is read for ever`);
  };

  const applied = async (webhookId: number): Promise<Applied> => {
    const result = await run(webhookId);
    const row = (await db('webhook')
      .where({ id: webhookId })
      .first('outcome', 'reason', 'waiting_for', 'company_id')) as Applied['row'];
    return { webhookId, result, row };
  };

  const one = async (table: string, id: number): Promise<never> => {
    const row: unknown = await db(table).where({ id }).first('*');
    assert.ok(row, `${table} ${id}`);
    return row as never;
  };

  const reset = async (): Promise<void> => {
    await db.raw(`truncate ${tables} restart identity cascade`);
    pipedrive.reset();
    complaints.length = 0;
    for (const [id, owner] of [
      [1, 101],
      [2, 102],
      [3, 103],
    ] as const) {
      await db('admin').insert({ id, pd_owner_id: owner, username: `admin${id}@acme.example` });
    }
    await db('pipedrive_field').insert([
      ...Object.entries(keys).map(([name, key]) => ({ entity: 'organization', name, pipedrive_key: key })),
      ...dealNames.map((name) => ({ entity: 'deal', name, pipedrive_key: dealKeys[name] })),
      { entity: 'person', name: 'hermes_id', pipedrive_key: personKey },
    ]);
    await db('pipeline').insert({ id: 1, pd_pipeline_id: 1, name: 'PAYG' });
    await db('stage').insert([
      { id: 1, pd_stage_id: 11, name: 'New', pipeline_id: 1 },
      { id: 2, pd_stage_id: 12, name: 'Contacted', pipeline_id: 1 },
    ]);
  };
  await reset();

  const state = async (companyId: number) =>
    loadCompanyState(db, environment, await createFieldMapReader(db)(), companyId);

  return {
    db,
    environment,
    pipedrive,
    complaints,
    send: async (options) => {
      const { entity = 'organization', action = 'change', data = null, previous = null } = options;
      const id = options.id ?? (data?.['id'] as number | undefined);
      const body = {
        meta: {
          id: randomUUID(),
          entity,
          action,
          ...(id === undefined ? {} : { entity_id: String(id) }),
          timestamp: options.at ?? moment(),
          version: '2.0',
          change_source: options.source ?? 'app',
          ...options.meta,
        },
        data,
        previous,
      };
      const head = readHead(body);
      assert.ok(head?.type, head?.ignoredBecause ?? 'no head');
      const [filed] = await fileDelivery(pool, {
        source: 'pipedrive',
        body: Buffer.from(JSON.stringify(body)),
        events: [
          {
            ...head,
            companyBy:
              head.organizationId === null ? null : { column: 'pd_org_id', value: head.organizationId },
            dedupeKey: head.dedupeKey ?? randomUUID(),
          },
        ],
        startGraceSeconds: 0,
      });
      assert.ok(filed);
      return applied(filed.webhookId);
    },
    again: applied,
    company: (id) => one('company', id),
    contact: (id) => one('contact', id),
    deal: (id) => one('deal', id),
    insert: async (table, row) => {
      const [inserted] = (await db(table).insert(row).returning('id')) as [{ id: number }];
      return inserted.id;
    },
    plan: async (companyId) => {
      const loaded = await state(companyId);
      assert.ok(loaded);
      return planSync(loaded.input);
    },
    synced: async (companyId) => {
      const loaded = await state(companyId);
      assert.ok(loaded);
      const { company, contacts, deals } = loaded.input;
      const know = async (entity: string, remoteId: number | null, wanted: Json): Promise<void> => {
        if (remoteId === null) return;
        await db('remote_record')
          .insert({ system: 'pipedrive', entity, remote_id: remoteId, known: JSON.stringify(wanted) })
          .onConflict(['system', 'entity', 'remote_id'])
          .merge();
      };
      await know('organization', company.pd_org_id, company.wanted);
      for (const contact of contacts) await know('person', contact.pd_person_id, contact.wanted);
      for (const deal of deals) await know('deal', deal.pd_deal_id, { ...deal.wanted, status: deal.status });
      await db('company')
        .where({ id: companyId })
        .update({ pipedrive_synced_version: db.ref('wanted_version'), pipedrive_synced_at: db.fn.now() });
    },
    reset,
    stop: async () => {
      await pool.end();
      await db.destroy();
      await server.close();
      await database.drop();
    },
  };
};
