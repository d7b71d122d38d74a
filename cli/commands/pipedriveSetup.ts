import { applyConfiguration, type Applied } from '../../configuration/apply.ts';
import { defaultsOf } from '../../configuration/defaults.ts';
import { loadConfiguration } from '../../configuration/load.ts';
import type { Database } from '../../db/connection.ts';
import { faultText } from '../../domain/configuration/fault.ts';
import { readEnvironment, type Environment } from '../../environment/environment.ts';
import { agree, isInteractive } from '../ask.ts';
import { CommandError, type Command, type Invocation } from '../command.ts';
import { readAccount } from '../pipedrive/account.ts';
import { createCaller, pipedriveOf } from '../pipedrive/caller.ts';
import { createFields, repairWebhooks } from '../pipedrive/carryOut.ts';
import { askedChoices, flaggedChoices } from '../pipedrive/choices.ts';
import { setupDocument } from '../pipedrive/document.ts';
import { planFields } from '../pipedrive/planFields.ts';
import { planRows } from '../pipedrive/planRows.ts';
import { callbackUrl, planWebhooks, type WebhookPlan } from '../pipedrive/planWebhooks.ts';
import { isNothing, setupReport, type SetupPlan } from '../pipedrive/report.ts';
import { withDatabase } from '../withDatabase.ts';

const faultless = (applied: Applied): Applied => {
  if (applied.faults.length === 0) return applied;
  const lines = applied.faults.map((fault) => `  ${faultText({ ...fault, line: undefined })}`);
  throw new CommandError(`The configuration cannot be written:\n${lines.join('\n')}`);
};

const noWebhooks: WebhookPlan = { create: [], remove: [], others: [] };

const setUp = async (invocation: Invocation, environment: Environment, db: Database): Promise<void> => {
  const { options, stdout } = invocation;
  const client = pipedriveOf(environment);
  const call = createCaller(db, environment);
  const flagged = flaggedChoices(invocation);
  const account = await readAccount(call, client);
  const state = await db.transaction(loadConfiguration);
  const asks = isInteractive(invocation) && options['yes'] !== true && options['dry-run'] !== true;
  const choices = asks ? await askedChoices(invocation, state, account, flagged) : flagged;

  const rows = planRows(state, account, choices);
  const fields = planFields(state, account.fields);
  const webhooks =
    options['skip-webhooks'] === true
      ? noWebhooks
      : planWebhooks(account.webhooks, callbackUrl(environment.BASE_URL), options['renew-webhooks'] === true);
  const defaults = defaultsOf(environment);
  const preview = faultless(
    await applyConfiguration({
      db,
      text: setupDocument(rows, fields.map),
      dryRun: true,
      pipedrive: undefined,
      defaults,
    }),
  );
  const plan: SetupPlan = {
    changes: preview.changes,
    fields: fields.create,
    webhooks,
    notes: [...rows.notes, ...fields.notes],
  };
  stdout.write(
    `Pipedrive: ${account.me.company_name ?? account.me.company_domain ?? 'an account'}, as user ${account.me.id}.\n`,
  );
  stdout.write(setupReport(plan, callbackUrl(environment.BASE_URL)));
  if (options['dry-run'] === true) {
    stdout.write('Nothing was done: this was a dry run.\n');
    return;
  }
  if (!isNothing(plan)) await agree(invocation, 'Do it?');

  const created = await createFields(call, client, fields.create, (line) => {
    stdout.write(`Created ${line}.\n`);
  });
  const applied = faultless(
    await applyConfiguration({
      db,
      text: setupDocument(rows, [...fields.map, ...created]),
      dryRun: false,
      pipedrive: client,
      defaults,
    }),
  );
  if (applied.definitionsChanged > 0) {
    stdout.write(`Read anew from Pipedrive: ${applied.definitionsChanged} field definitions.\n`);
  }
  await repairWebhooks(call, client, webhooks, {
    baseUrl: environment.BASE_URL,
    userId: account.me.id,
    username: environment.PD_WEBHOOK_USERNAME,
    password: environment.PD_WEBHOOK_PASSWORD,
  });
  if (!isNothing(plan)) stdout.write('Done.\n');
};

export const pipedriveSetup: Command = {
  name: 'pipedrive setup',
  summary: 'Connect a Pipedrive account: fields, pipelines, users, webhooks',
  details: `
Reads the account of PD_API_KEY, says what is missing, asks, and does it: creates the custom fields that Hermes fills, takes over
pipelines and stages, finds each admin's user by e-mail, and registers the webhooks at BASE_URL (repairing doubled, missing and inactive
ones). Run again it changes nothing. On a terminal it asks for what it cannot know; in a script say it by options. See
docs/connect-pipedrive.md.`,
  options: {
    payg: { type: 'string', summary: 'pipeline of the plan payg, by its Pipedrive id' },
    startup: { type: 'string', summary: 'pipeline of the plan startup' },
    enterprise: { type: 'string', summary: 'pipeline of the plan enterprise' },
    'entry-stage': {
      type: 'string',
      summary: 'where deals enter: PIPELINE=STAGE,... (else the first stage)',
    },
    'renew-webhooks': { type: 'boolean', summary: 'register all webhooks anew, for a changed password' },
    'skip-webhooks': { type: 'boolean', summary: 'leave the webhooks alone' },
    'dry-run': { type: 'boolean', summary: 'show what would be done, and do nothing' },
    yes: { type: 'boolean', short: 'y', summary: 'do not ask' },
  },
  run: async (invocation) => {
    const environment = readEnvironment(invocation.settings);
    await withDatabase(environment, (db) => setUp(invocation, environment, db));
  },
};
