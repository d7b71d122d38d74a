/** What setup and doctor need to know of a Pipedrive account. */
import type { PipedriveClient } from '../../clients/pipedrive/client.ts';
import type { CurrentUser, Page, Pipeline, Stage, User, Webhook } from '../../clients/pipedrive/schemas.ts';
import type { CallResult } from '../../clients/failure.ts';
import { entities } from '../../domain/configuration/fieldNames.ts';
import type { FieldDefinition } from '../../configuration/fieldDefinitions.ts';
import type { Caller } from './caller.ts';

export interface Account {
  me: CurrentUser;
  users: readonly User[];
  pipelines: readonly Pipeline[];
  stages: readonly Stage[];
  fields: readonly FieldDefinition[];
  webhooks: readonly Webhook[];
}

const mostPages = 200;

/** All pages of a list. */
export const readAll = async <T>(
  call: Caller,
  list: (params: { limit: number; cursor?: string }) => Promise<CallResult<Page<T>>>,
): Promise<T[]> => {
  const items: T[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const params = { limit: 500, ...(cursor === undefined ? {} : { cursor }) };
    const answer = await call(() => list(params));
    items.push(...answer.items);
    if (answer.nextCursor === null) break;
    cursor = answer.nextCursor;
  }
  return items;
};

/** The fields of organizations, deals and persons. */
export const readFields = async (call: Caller, client: PipedriveClient): Promise<FieldDefinition[]> => {
  const definitions: FieldDefinition[] = [];
  for (const entity of entities) {
    const fields = await readAll(call, (params) => client.fields.list(entity, params));
    definitions.push(
      ...fields.map((field) => ({
        entity,
        pipedrive_key: field.field_code,
        name: field.field_name,
        field_type: field.field_type,
        options: field.options?.map(({ id, label }) => ({ id, label: label ?? '' })) ?? null,
        custom: field.is_custom_field !== false,
      })),
    );
  }
  return definitions;
};

/** Reads the account, about 60 tokens. */
export const readAccount = async (call: Caller, client: PipedriveClient): Promise<Account> => ({
  me: await call(() => client.users.me()),
  users: await call(() => client.users.list()),
  pipelines: (await readAll(call, (params) => client.pipelines.list(params))).filter(
    ({ is_deleted: deleted }) => deleted !== true,
  ),
  stages: (await readAll(call, (params) => client.stages.list(params))).filter(
    ({ is_deleted: deleted }) => deleted !== true,
  ),
  fields: await readFields(call, client),
  webhooks: await call(() => client.webhooks.list()),
});
