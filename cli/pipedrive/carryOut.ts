/** Makes the calls of a setup that change something in Pipedrive. */
import type { PipedriveClient } from '../../clients/pipedrive/client.ts';
import { readFields } from './account.ts';
import type { Caller } from './caller.ts';
import type { KeyedUse } from './document.ts';
import type { FieldPlan } from './planFields.ts';
import { callbackUrl, type WebhookPlan } from './planWebhooks.ts';

/**
 * Creates the missing fields, one by one.
 *
 * A field is not created again when the answer to its create was lost: it is looked up by its name first.
 *
 * @returns the key of each
 */
export const createFields = async (
  call: Caller,
  client: PipedriveClient,
  wanted: FieldPlan['create'],
  onCreated: (line: string) => void,
): Promise<KeyedUse[]> => {
  const keyed: KeyedUse[] = [];
  for (const { use, field } of wanted) {
    const created = await call(async () => {
      const result = await client.fields.create(use.entity, field);
      if (result.ok || !result.failure.mayHaveHappened) return result;
      const live = await readFields(call, client);
      const found = live.find(
        (one) => one.entity === use.entity && one.custom && one.name === field.field_name,
      );
      if (found === undefined) return result;
      const { pipedrive_key: code, name, field_type: type } = found;
      const data = { field_code: code, field_name: name, field_type: type, is_custom_field: true };
      return { ok: true, data, meta: result.meta };
    });
    keyed.push({ use, key: created.field_code });
    onCreated(`${use.entity} field "${field.field_name}"`);
  }
  return keyed;
};

export interface WebhookSettings {
  baseUrl: string;
  /** The user whose rights decide what is sent. */
  userId: number;
  username: string | undefined;
  password: string | undefined;
}

/** Registers first and removes after, so that no event falls between; one that comes twice meanwhile does no harm. */
export const repairWebhooks = async (
  call: Caller,
  client: PipedriveClient,
  plan: WebhookPlan,
  settings: WebhookSettings,
): Promise<void> => {
  const { baseUrl, userId, username, password } = settings;
  for (const object of plan.create) {
    await call(() =>
      client.webhooks.create({
        subscription_url: callbackUrl(baseUrl),
        event_action: '*',
        event_object: object,
        name: `Hermes ${object}`,
        version: '2.0',
        user_id: userId,
        ...(username === undefined ? {} : { http_auth_user: username }),
        ...(password === undefined ? {} : { http_auth_password: password }),
      }),
    );
  }
  for (const { id } of plan.remove) {
    await call(async () => {
      const result = await client.webhooks.delete(id);
      return !result.ok && result.failure.status === 404
        ? { ok: true, data: undefined, meta: result.meta }
        : result;
    });
  }
};
