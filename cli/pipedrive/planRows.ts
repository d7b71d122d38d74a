/** Admins, pipelines, stages and price plans, as far as a Pipedrive account tells them. */
import type { Pipeline, Stage, User } from '../../clients/pipedrive/schemas.ts';
import { plans, type Plan } from '../../domain/configuration/document.ts';
import type { ConfigurationState } from '../../domain/configuration/state.ts';

/** What the operator said, by flag or by answer; Pipedrive ids. */
export interface Choices {
  pricePlans: Partial<Record<Plan, number>>;
  /** Pipeline to stage. */
  entryStages: ReadonlyMap<number, number>;
}

export interface RowsPlan {
  admins: { id: number; pd_owner_id: number }[];
  pipelines: { pd_pipeline_id: number; name: string; default_entry_stage?: number }[];
  stages: { pd_stage_id: number; name: string; pd_pipeline_id: number | null }[];
  price_plans: Partial<Record<Plan, number>>;
  notes: string[];
}

const isActive = (user: User): boolean => user.active_flag !== false && user.is_deleted !== true;

const planAdmins = (state: ConfigurationState, users: readonly User[], notes: string[]) => {
  const active = users.filter(isActive);
  const byEmail = new Map(active.map((user) => [user.email?.toLowerCase() ?? '', user.id]));
  return state.admins.flatMap(({ id, username, pd_owner_id: owner }) => {
    const found = byEmail.get(username.toLowerCase());
    if (owner !== null && active.some((user) => user.id === owner)) {
      if (found !== undefined && found !== owner) {
        notes.push(
          `Admin ${id} is user ${owner}, though user ${found} has the e-mail: left as it is configured.`,
        );
      }
      return [];
    }
    if (found !== undefined) return [{ id, pd_owner_id: found }];
    notes.push(
      owner === null
        ? `Admin ${id} has no active user in Pipedrive with the same e-mail.`
        : `Admin ${id} is user ${owner}, who is not active in Pipedrive.`,
    );
    return [];
  });
};

const planNames: Readonly<Record<Plan, RegExp>> = {
  payg: /payg|pay[ -]as[ -]you[ -]go/i,
  startup: /start-?up/i,
  enterprise: /enterprise/i,
};

/** The pipeline whose name says the plan; null when none or several do. */
export const pipelineNamed = (plan: Plan, pipelines: readonly Pipeline[]): number | null => {
  const named = pipelines.filter(({ name }) => planNames[plan].test(name ?? ''));
  return named.length === 1 ? (named[0]?.id ?? null) : null;
};

/** A pipeline's stages, the first one first. */
export const stagesOf = (pipelineId: number, stages: readonly Stage[]): Stage[] =>
  stages
    .filter(({ pipeline_id: pipeline }) => pipeline === pipelineId)
    .sort((a, b) => (a.order_nr ?? 0) - (b.order_nr ?? 0) || a.id - b.id);

const planPricePlans = (
  state: ConfigurationState,
  pipelines: readonly Pipeline[],
  choices: Choices,
  notes: string[],
): Partial<Record<Plan, number>> => {
  const planned: Partial<Record<Plan, number>> = {};
  for (const plan of plans) {
    const chosen = choices.pricePlans[plan];
    if (chosen === undefined && state.pricePlans[plan] !== null) continue;
    const pipeline = chosen ?? pipelineNamed(plan, pipelines);
    if (pipeline === null) {
      notes.push(`No pipeline is known for the plan ${plan}: say --${plan} PIPELINE.`);
    } else {
      planned[plan] = pipeline;
    }
  }
  return planned;
};

/** Deals of a pipeline enter at the stage that was chosen, else at the one configured, else at the first one, as in Pipedrive itself. */
const planPipelines = (
  state: ConfigurationState,
  pipelines: readonly Pipeline[],
  stages: readonly Stage[],
  choices: Choices,
) =>
  pipelines.flatMap(({ id, name }) => {
    if (name === null || name === undefined || name.trim() === '') return [];
    const configured = state.pipelines.find((row) => row.pd_pipeline_id === id)?.default_entry_stage ?? null;
    const chosen = choices.entryStages.get(id);
    const first = configured === null ? stagesOf(id, stages)[0]?.id : undefined;
    const entry = chosen ?? first;
    return [{ pd_pipeline_id: id, name, ...(entry === undefined ? {} : { default_entry_stage: entry }) }];
  });

/** Compares the account's users, pipelines and stages with the configuration. */
export const planRows = (
  state: ConfigurationState,
  account: { users: readonly User[]; pipelines: readonly Pipeline[]; stages: readonly Stage[] },
  choices: Choices,
): RowsPlan => {
  const notes: string[] = [];
  const { pipelines, stages } = account;
  const known = new Set(pipelines.map(({ id }) => id));
  for (const { pd_pipeline_id: id } of state.pipelines) {
    if (!known.has(id)) notes.push(`Pipeline ${id} is configured, but Pipedrive has it no longer.`);
  }
  return {
    admins: planAdmins(state, account.users, notes),
    pipelines: planPipelines(state, pipelines, stages, choices),
    stages: stages.flatMap(({ id, name, pipeline_id: pipeline }) =>
      name === null || name === undefined || name.trim() === ''
        ? []
        : [{ pd_stage_id: id, name, pd_pipeline_id: known.has(pipeline ?? 0) ? (pipeline ?? null) : null }],
    ),
    price_plans: planPricePlans(state, pipelines, choices, notes),
    notes,
  };
};
