/**
 * Filling the account without going through the API: for tests, for the demo, and for the account a new sandbox starts with.
 */
import { z } from 'zod';
import type { Account } from './account.ts';
import { ApiError } from './errors.ts';
import { customFieldTypes } from './fieldRows.ts';
import { addField, type FieldSeed } from './fields.ts';
import { models } from './models/index.ts';
import { fieldEntities, type Actor, type EntityName, type Row, type UserRow } from './rows.ts';

export interface UserSeed {
  id?: number;
  name: string;
  email: string;
  is_admin?: boolean;
  active_flag?: boolean;
  is_deleted?: boolean;
  timezone_name?: string;
  /** Makes a token of this user valid. */
  token?: string;
}

/**
 * A record as a POST body, plus what only the account can set: `id`, `add_time`, `update_time`, `is_deleted`. Bodies are as strict
 * as the API's.
 */
export type RecordSeed = Record<string, unknown> & { id?: number };

export interface Seed {
  users?: UserSeed[];
  pipelines?: RecordSeed[];
  stages?: RecordSeed[];
  fields?: { organization?: FieldSeed[]; person?: FieldSeed[]; deal?: FieldSeed[] };
  organizations?: RecordSeed[];
  persons?: RecordSeed[];
  deals?: RecordSeed[];
  activities?: RecordSeed[];
}

const record = z.looseObject({ id: z.int().positive().optional() });
const records = z.array(record).optional();
const field = z.strictObject({
  field_name: z.string(),
  field_type: z.literal(customFieldTypes),
  field_code: z.string().optional(),
  options: z.array(z.strictObject({ id: z.int().optional(), label: z.string() })).optional(),
});
const fields = z.array(field).optional();

/** A seed as the control route takes it. */
export const seedSchema = z.strictObject({
  users: z
    .array(
      z.strictObject({
        id: z.int().positive().optional(),
        name: z.string(),
        email: z.string(),
        is_admin: z.boolean().optional(),
        active_flag: z.boolean().optional(),
        is_deleted: z.boolean().optional(),
        timezone_name: z.string().optional(),
        token: z.string().optional(),
      }),
    )
    .optional(),
  pipelines: records,
  stages: records,
  fields: z.strictObject({ organization: fields, person: fields, deal: fields }).optional(),
  organizations: records,
  persons: records,
  deals: records,
  activities: records,
});

const addUser = ({ store, settings }: Account, seed: UserSeed): void => {
  const now = store.writeTime();
  const user: UserRow = {
    id: store.takeId('user', seed.id),
    name: seed.name,
    email: seed.email,
    phone: null,
    is_admin: seed.is_admin ?? false,
    active_flag: seed.active_flag ?? true,
    is_deleted: seed.is_deleted ?? false,
    timezone_name: seed.timezone_name ?? 'Europe/London',
    created: now,
    modified: now,
  };
  store.users.set(user.id, user);
  if (seed.token !== undefined) settings.tokens[seed.token] = user.id;
};

/** Keys of a record seed that a POST body does not have. */
const overrides = ['update_time', 'is_deleted', 'order_nr', 'picture_id', 'creator_user_id'] as const;

const addRecord = (account: Account, entity: EntityName, actor: Actor, seed: RecordSeed): void => {
  const { store, writes } = account;
  const { id: givenId, ...rest } = seed;
  const set: Record<string, unknown> = {};
  const body: Record<string, unknown> = {};
  const takesAddTime = entity === 'organization' || entity === 'person';
  for (const [key, value] of Object.entries(rest)) {
    const isSet = (overrides as readonly string[]).includes(key) || (key === 'add_time' && !takesAddTime);
    (isSet ? set : body)[key] = value;
  }
  const id = store.takeId(entity, givenId);
  try {
    const row: Row = { ...models[entity].create(store, actor, body, id), ...set };
    if ('status' in row && row.is_deleted) row.status = 'deleted';
    writes.seed(entity, row);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new TypeError(`Seed of ${entity} ${id}: ${error.message}`, { cause: error });
  }
};

/** Adds what the seed holds, telling no webhook; searches find it at once. Throws a TypeError on a record the API would refuse. */
export const seedAccount = (account: Account, seed: Seed): void => {
  const actor: Actor = { userId: account.settings.apiUserId, source: 'app' };
  for (const user of seed.users ?? []) addUser(account, user);
  for (const entity of fieldEntities) {
    for (const row of seed.fields?.[entity] ?? []) addField(account.store, entity, row);
  }
  const add = (entity: EntityName, rows: RecordSeed[] = []): void => {
    for (const row of rows) addRecord(account, entity, actor, row);
  };
  add('pipeline', seed.pipelines);
  add('stage', seed.stages);
  add('organization', seed.organizations);
  add('person', seed.persons);
  add('deal', seed.deals);
  add('activity', seed.activities);
};

/** The account a sandbox starts with: an integration user, a salesperson, and a pipeline for each price plan. */
export const startingAccount: Seed = {
  users: [
    { id: 100, name: 'Hermes', email: 'hermes@acme.example', is_admin: true },
    { id: 101, name: 'Sam Sales', email: 'sam@acme.example', is_admin: true },
  ],
  pipelines: [
    { id: 1, name: 'PAYG' },
    { id: 2, name: 'Startup' },
    { id: 3, name: 'Enterprise' },
  ],
  stages: [1, 2, 3].flatMap((pipeline_id) =>
    ['New', 'Contacted', 'Demo', 'Negotiation'].map((name, index) => ({
      id: pipeline_id * 10 + index + 1,
      name,
      pipeline_id,
    })),
  ),
};
