import type { TestHermes } from './hermes.ts';

type RecordKind = Parameters<TestHermes['pipedrive']['webhooks']['registry']['add']>[0]['event_object'];

/** Has the sandbox's Pipedrive tell Hermes of changes to records of one kind or of all, with the password that Hermes asks for. */
export const hearPipedrive = (
  { pipedrive, url, environment }: Pick<TestHermes, 'pipedrive' | 'url' | 'environment'>,
  object: RecordKind = '*',
): void => {
  const { PD_WEBHOOK_USERNAME: username, PD_WEBHOOK_PASSWORD: password } = environment;
  pipedrive.webhooks.registry.add({
    subscription_url: `${url}/pipedrive/callback/`,
    event_action: '*',
    event_object: object,
    name: 'Hermes',
    user_id: 100,
    owner_id: 100,
    http_auth_user: password === undefined ? null : (username ?? 'pipedrive'),
    http_auth_password: password ?? null,
  });
};
