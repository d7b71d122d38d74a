import { applyConfiguration } from '../../configuration/apply.ts';
import { defaultsOf } from '../../configuration/defaults.ts';
import { loadConfiguration } from '../../configuration/load.ts';
import { faultText } from '../../domain/configuration/fault.ts';
import { renderConfiguration } from '../../domain/configuration/render.ts';
import type { Database } from '../../db/connection.ts';
import type { Environment } from '../../environment/environment.ts';
import { CommandError } from '../command.ts';
import { readAccount, type Account } from '../pipedrive/account.ts';
import { createCaller, pipedriveOf } from '../pipedrive/caller.ts';
import { callbackUrl, planWebhooks, webhookObjects } from '../pipedrive/planWebhooks.ts';
import { counted, fail, ok, warn, type Check, type Said } from './finding.ts';

const setup = 'Run `npm run hermes -- pipedrive setup`.';

const webhookSaid = ({ webhooks }: Account, environment: Environment): Said[] => {
  const url = callbackUrl(environment.BASE_URL);
  const plan = planWebhooks(webhooks, url);
  const said: Said[] = [];
  if (plan.create.length > 0) {
    said.push(fail(`No usable webhook tells ${url} of ${plan.create.join(', ')}.`, setup));
  }
  const doubled = plan.remove.filter(({ reason }) => reason === 'doubled');
  if (doubled.length > 0) {
    said.push(
      warn(
        `Webhooks are doubled, so their events come twice: ${doubled.map(({ object }) => object).join(', ')}.`,
        setup,
      ),
    );
  }
  const needless = plan.remove.filter(({ reason }) => reason !== 'doubled');
  if (needless.length > 0) {
    said.push(
      warn(
        `Useless webhooks lead here: ${needless.map(({ object, reason }) => `${object} (${reason})`).join(', ')}.`,
        setup,
      ),
    );
  }
  for (const other of plan.others) {
    said.push(warn(`Webhooks go to ${other}, too.`, 'Remove them when that Hermes is switched off.'));
  }
  const refused = webhooks.filter(
    ({ subscription_url: target, last_http_status: status }) =>
      target === url && status !== null && status !== undefined && (status < 200 || status > 299),
  );
  if (refused.length > 0) {
    const statuses = [...new Set(refused.map(({ last_http_status: status }) => String(status)))].join(', ');
    said.push(
      fail(
        `The last delivery of ${counted(refused.length, 'webhook')} was answered ${statuses}: after ten of these Pipedrive stops for 30 minutes.`,
        'For 401 run `npm run hermes -- pipedrive setup --renew-webhooks`; else see the log of the API and what stands before it.',
      ),
    );
  }
  return said.length === 0 ? [ok(`Webhooks come for ${webhookObjects.join(', ')}.`)] : said;
};

/** Judges the configuration that is there as if it were applied anew: the same rules hold. */
const fieldMapSaid = async (db: Database, environment: Environment): Promise<Said[]> => {
  const state = await db.transaction(loadConfiguration);
  const { faults, warnings, pipedriveFailure } = await applyConfiguration({
    db,
    text: renderConfiguration(state),
    dryRun: true,
    pipedrive: pipedriveOf(environment),
    defaults: defaultsOf(environment),
  });
  if (pipedriveFailure !== undefined) return [fail(`The fields cannot be read: ${pipedriveFailure}.`)];
  const told = [...faults, ...warnings].map((fault) =>
    fail(
      `${faultText({ ...fault, line: undefined })}.`,
      'Map another field in the configuration, or take it out of the map, then run `npm run hermes -- pipedrive setup`.',
    ),
  );
  return told.length === 0 ? [ok('Every mapped field exists and has a type that suits.')] : told;
};

const ownersSaid = async (db: Database, { users }: Account): Promise<Said[]> => {
  const active = new Set(
    users.filter((user) => user.active_flag !== false && user.is_deleted !== true).map(({ id }) => id),
  );
  const owners: { id: number; pd_owner_id: number }[] = await db('admin')
    .whereNotNull('pd_owner_id')
    .orderBy('id')
    .select('id', 'pd_owner_id');
  const gone = owners.filter(({ pd_owner_id: owner }) => !active.has(owner));
  if (gone.length === 0) return [];
  return [
    fail(
      `No active users of Pipedrive: ${gone.map(({ id, pd_owner_id: owner }) => `${owner} (admin ${id})`).join(', ')}.`,
      'Correct pd_owner_id of these admins.',
    ),
  ];
};

const stagesSaid = async (db: Database, { stages }: Account): Promise<Said[]> => {
  const live = new Set(stages.map(({ id }) => id));
  const entries: { pd_pipeline_id: number; pd_stage_id: number }[] = await db('pipeline')
    .join('stage', 'stage.id', 'pipeline.dft_entry_stage_id')
    .select('pipeline.pd_pipeline_id', 'stage.pd_stage_id');
  return entries
    .filter(({ pd_stage_id: stage }) => !live.has(stage))
    .map(({ pd_pipeline_id: pipeline, pd_stage_id: stage }) =>
      fail(
        `The entry stage ${stage} of pipeline ${pipeline} is no longer in Pipedrive: its new deals are refused.`,
        `Choose another: \`npm run hermes -- pipedrive setup --entry-stage ${pipeline}=STAGE\`.`,
      ),
    );
};

/** Pipedrive's key and its rights, the fields, the owners, the webhooks. Costs about 80 tokens. */
export const pipedriveCheck: Check = {
  area: 'Pipedrive',
  needsDatabase: true,
  look: async ({ db, environment }) => {
    if (environment.PD_API_KEY === undefined) return [];
    const client = pipedriveOf(environment);
    let account: Account;
    try {
      account = await readAccount(createCaller(db, environment), client);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return [fail(error.message, 'docs/connect-pipedrive.md says what the key needs.')];
    }
    return [
      ok(
        `The key is good: ${account.me.company_domain ?? 'the account'}, user ${account.me.id}, an administrator.`,
      ),
      ...(await fieldMapSaid(db, environment)),
      ...(await ownersSaid(db, account)),
      ...(await stagesSaid(db, account)),
      ...webhookSaid(account, environment),
    ];
  },
};
