/**
 * The path of a TutorCruncher event into the records, without Temporal: the real door files it, then its activity is called as the
 * event's run would. For rules about records; what Pipedrive gets is tested by the flow tests.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { startApi } from '../../api/start.ts';
import { applyTcClient } from '../../activities/hermes/tc2Events/applyTcClient.ts';
import { applyTcDeletion } from '../../activities/hermes/tc2Events/applyTcDeletion.ts';
import type { EventResult } from '../../activities/hermes/eventResult.ts';
import { applyConfiguration } from '../../configuration/apply.ts';
import { connectDatabase, type Database } from '../../db/connection.ts';
import type { CompanyRow, ContactRow, DealRow, Row, Webhook } from '../../db/models/index.ts';
import { readEnvironment, type Environment } from '../../environment/environment.ts';
import {
  clientEvent,
  exampleClient,
  signBody,
  webhookBody,
  type MetaAgency,
  type Tc2Client,
} from '../../sandbox/tc2/events.ts';
import { lazyClient } from '../../temporal/connection.ts';
import { createTestDatabase } from './database.ts';

const tc2Key = 'tc2-key';

type WebhookRow = Row<Webhook>;

const demoConfiguration = fileURLToPath(new URL('../../sandbox/demo/config.yaml', import.meta.url));

/** What became of one event: its answer at the door, its row, and what applying it gave. */
export interface Delivered {
  status: number;
  row: WebhookRow;
  /** Null for an event that nothing is done for. */
  result: EventResult | null;
}

export interface Tc2Records {
  db: Database;
  environment: Environment;
  url: string;
  /** Files one body at the door; nothing is applied. @returns the answer's status, and the rows in order */
  file(
    body: Buffer | string,
    signature?: string,
  ): Promise<{ status: number; answer: unknown; rows: WebhookRow[] }>;
  /** Applies a filed row as its run would. */
  apply(row: Pick<WebhookRow, 'id' | 'type'>): Promise<EventResult>;
  /** Sends events in one envelope and applies them in turn. */
  deliver(...events: unknown[]): Promise<Delivered[]>;
  company(cligencyId?: number): Promise<CompanyRow>;
  contacts(companyId: number): Promise<ContactRow[]>;
  deals(companyId: number): Promise<DealRow[]>;
  configure(yaml: string): Promise<void>;
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** Five days ago: a new sale whenever the tests run. */
export const recently = (): string => new Date(Date.now() - 5 * 86_400_000).toISOString();

/** A client like the example, with parts replaced. */
export const clientLike = (
  change: Partial<Omit<Tc2Client, 'meta_agency' | 'user'>> & {
    meta_agency?: Partial<MetaAgency>;
    user?: Partial<Tc2Client['user']>;
  } = {},
): Tc2Client => {
  const base = structuredClone(exampleClient);
  const { meta_agency: agency, user, ...rest } = change;
  return {
    ...base,
    ...rest,
    meta_agency: base.meta_agency === null ? null : { ...base.meta_agency, created: recently(), ...agency },
    user: { ...base.user, ...user },
  };
};

/** Extra attributes in the list form in which they are read. */
export const attributes = (values: Record<string, unknown>): Tc2Client['extra_attrs'] =>
  Object.entries(values).map(([machineName, value], index) => ({
    id: 500 + index,
    machine_name: machineName,
    name: machineName,
    type: 'Short Text',
    value,
  }));

let clock = 0;
/** Moments that follow one another, all of them in the near past. */
export const nextMoment = (): Date => {
  clock += 1;
  return new Date(Date.now() - 60_000 + clock * 10);
};

/** An event of a client like the example, later than all those before. */
export const changed = (change: Parameters<typeof clientLike>[0] = {}, action = 'EDITED_A_CLIENT') =>
  clientEvent(clientLike(change), action, nextMoment());

const emptied =
  'webhook, company, contact, deal, meeting, remote_record, field_change, custom_field_value, custom_field, pipedrive_field, config, pipeline, stage, admin';

export const startTc2Records = async (settings: Record<string, string> = {}): Promise<Tc2Records> => {
  const database = await createTestDatabase();
  const db = connectDatabase(database.url, 6, 'tc2-test');
  const logger = pino({ level: 'silent' });
  const environment = readEnvironment({
    DATABASE_URL: database.url,
    HOST: '127.0.0.1',
    PORT: '0',
    TC2_API_KEY: tc2Key,
    TC2_BASE_URL: 'https://tc2.example',
    WEBHOOK_STARTS_IN_FLIGHT: '0',
    ...settings,
  });
  const temporal = lazyClient({ connectionOptions: { address: '127.0.0.1:1' }, namespace: 'default' });
  const api = await startApi(environment, temporal.client, logger);
  const url = `http://127.0.0.1:${api.port}/tc2/callback/`;
  const dependencies = { db, environment, logger };
  const client = applyTcClient(dependencies);
  const deletion = applyTcDeletion(dependencies);

  const configure = async (yaml: string): Promise<void> => {
    const applied = await applyConfiguration({
      db,
      text: yaml,
      dryRun: false,
      pipedrive: undefined,
      defaults: {
        timezone: 'Europe/London',
        meetings: { duration_mins: 30, buffer_mins: 15, min_start: '10:00', max_end: '17:30' },
      },
    });
    if (applied.faults.length > 0) throw new Error(JSON.stringify(applied.faults));
  };

  const file: Tc2Records['file'] = async (body, signature) => {
    const bytes = Buffer.from(body);
    const before = (await db('webhook').max('id as id').first()) as { id: number | null };
    const response = await fetch(url, {
      method: 'POST',
      body: new Uint8Array(bytes),
      headers: {
        'content-type': 'application/json',
        'webhook-signature': signature ?? signBody(bytes, tc2Key),
      },
    });
    const rows = await db('webhook')
      .where('id', '>', before.id ?? 0)
      .orderBy('id')
      .select<WebhookRow[]>('*');
    return { status: response.status, answer: await response.json(), rows };
  };

  const apply: Tc2Records['apply'] = ({ id, type }) =>
    type === 'TcClientDeleted' ? deletion({ webhookId: id }) : client({ webhookId: id });

  return {
    db,
    environment,
    url,
    file,
    apply,
    deliver: async (...events) => {
      const { status, rows } = await file(webhookBody(events));
      const delivered: Delivered[] = [];
      for (const filed of rows) {
        const result = filed.type === null ? null : await apply(filed);
        const row = (await db('webhook').where({ id: filed.id }).first('*')) as WebhookRow;
        delivered.push({ status, row, result });
      }
      return delivered;
    },
    company: async (cligencyId = exampleClient.id) => {
      const row = (await db('company').where({ tc2_cligency_id: cligencyId }).first('*')) as
        CompanyRow | undefined;
      if (row === undefined) throw new Error(`no company of client ${cligencyId}`);
      return row;
    },
    contacts: (companyId) => db('contact').where({ company_id: companyId }).orderBy('id').select('*'),
    deals: (companyId) => db('deal').where({ company_id: companyId }).orderBy('id').select('*'),
    configure,
    reset: async () => {
      await db.raw(`truncate ${emptied} restart identity cascade`);
      await configure(await readFile(demoConfiguration, 'utf8'));
    },
    stop: async () => {
      await api.stop();
      await temporal.close();
      await db.destroy();
      await database.drop();
    },
  };
};
