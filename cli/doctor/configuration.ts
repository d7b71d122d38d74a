import { loadConfiguration } from '../../configuration/load.ts';
import { plans } from '../../domain/configuration/document.ts';
import type { ConfigurationState } from '../../domain/configuration/state.ts';
import { counted, fail, ok, warn, type Check, type Said } from './finding.ts';

const editIt = 'Add it to the configuration: docs/configuration.md, or the administration pages.';

const planSaid = (state: ConfigurationState): Said[] =>
  plans.flatMap((plan) => {
    const pipelineId = state.pricePlans[plan];
    if (pipelineId === null) {
      return [
        fail(
          `The plan ${plan} has no pipeline: no deals are made for it.`,
          `Say it under price_plans, or run \`npm run hermes -- pipedrive setup --${plan} PIPELINE\`.`,
        ),
      ];
    }
    const pipeline = state.pipelines.find((row) => row.pd_pipeline_id === pipelineId);
    if (pipeline !== undefined && pipeline.default_entry_stage !== null) return [];
    return [
      fail(
        `The pipeline ${pipelineId} of the plan ${plan} has no default entry stage: no deals are made in it.`,
        `Say default_entry_stage, or run \`npm run hermes -- pipedrive setup --entry-stage ${pipelineId}=STAGE\`.`,
      ),
    ];
  });

const adminSaid = ({ admins }: ConfigurationState): Said[] => {
  const said: Said[] = [];
  const sales = admins.filter(({ roles }) => roles.includes('sales'));
  for (const plan of plans) {
    if (sales.some((admin) => admin.plans.includes(plan))) continue;
    said.push(warn(`Nobody sells the plan ${plan}: its round robin finds no one.`, editIt));
  }
  if (!admins.some(({ roles }) => roles.includes('support'))) {
    said.push(warn('Nobody does support: its round robin finds no one.', editIt));
  }
  const ownerless = admins.filter(({ pd_owner_id: owner }) => owner === null);
  if (ownerless.length > 0) {
    said.push(
      warn(
        `${counted(ownerless.length, 'admin')} without a user in Pipedrive (${ownerless.map(({ id }) => id).join(', ')}): what is theirs has no owner there.`,
        'Run `npm run hermes -- pipedrive setup`, which finds users by e-mail.',
      ),
    );
  }
  const unknown = sales.filter(({ tc2_admin_id: tc2 }) => tc2 === null);
  if (unknown.length > 0) {
    said.push(
      warn(
        `${counted(unknown.length, 'sales person', 'sales people')} without a tc2_admin_id (${unknown.map(({ id }) => id).join(', ')}): their new clients fail.`,
        editIt,
      ),
    );
  }
  return said;
};

/** What the business configured, as far as it can be judged without asking anybody. */
export const configurationCheck: Check = {
  area: 'Configuration',
  needsDatabase: true,
  look: async ({ db }) => {
    const state = await db.transaction(loadConfiguration);
    if (state.admins.length === 0) {
      return [
        fail(
          'There are no admins: no client can be stored.',
          'Apply a configuration: `npm run hermes -- config apply FILE`, see docs/configuration.md.',
        ),
      ];
    }
    const said = [...planSaid(state), ...adminSaid(state)];
    if (state.fieldMaps.organization['hermes_id'] === undefined) {
      said.push(
        warn(
          'The field map has no hermes_id of organizations: a create whose answer was lost can be recognised by its name only.',
          'Run `npm run hermes -- pipedrive setup`.',
        ),
      );
    }
    return said.length === 0
      ? [
          ok(
            `${counted(state.admins.length, 'admin')}; every plan has a pipeline, an entry stage and people.`,
          ),
        ]
      : said;
  },
};
