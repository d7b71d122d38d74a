/** What the operator chooses: by flags, and on a terminal by questions for what is still open. */
import { isCancel, select } from '@clack/prompts';
import { plans, type Plan } from '../../domain/configuration/document.ts';
import type { ConfigurationState } from '../../domain/configuration/state.ts';
import { CommandError, UsageError, type Invocation } from '../command.ts';
import type { Account } from './account.ts';
import { pipelineNamed, stagesOf, type Choices } from './planRows.ts';

const idOf = (flag: string, text: string): number => {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new UsageError(`${flag} takes Pipedrive's id of it, a number.`);
  return Number(text);
};

/** `--payg 1 --entry-stage 1=11,2=21`. */
export const flaggedChoices = ({ options }: Pick<Invocation, 'options'>): Choices => {
  const pricePlans: Partial<Record<Plan, number>> = {};
  for (const plan of plans) {
    const given = options[plan];
    if (typeof given === 'string') pricePlans[plan] = idOf(`--${plan}`, given);
  }
  const stages = options['entry-stage'];
  const pairs = typeof stages === 'string' ? stages.split(',') : [];
  const entryStages = new Map(
    pairs.map((pair): [number, number] => {
      const [pipeline = '', stage = ''] = pair.split('=').map((part) => part.trim());
      return [idOf('--entry-stage', pipeline), idOf('--entry-stage', stage)];
    }),
  );
  return { pricePlans, entryStages };
};

const choose = async (
  { stdin, stderr }: Invocation,
  message: string,
  choices: readonly { value: number; label: string }[],
  initialValue: number,
): Promise<number> => {
  const answer = await select<number>({
    message,
    options: choices.map((choice) => ({ ...choice })),
    initialValue,
    input: stdin,
    output: stderr,
  });
  if (isCancel(answer)) throw new CommandError('Nothing was done.');
  return answer;
};

const none = 0;

/** Asks for each plan's pipeline that neither the configuration nor a name tells, and where its deals enter. */
export const askedChoices = async (
  invocation: Invocation,
  state: ConfigurationState,
  { pipelines, stages }: Account,
  flagged: Choices,
): Promise<Choices> => {
  const pricePlans = { ...flagged.pricePlans };
  const entryStages = new Map(flagged.entryStages);
  const options = pipelines.map(({ id, name }) => ({ value: id, label: `${name ?? ''} (${id})` }));
  for (const plan of plans) {
    const known = pricePlans[plan] ?? state.pricePlans[plan];
    const pipeline =
      known ??
      (await choose(
        invocation,
        `Into which pipeline do deals of the plan ${plan} go?`,
        [...options, { value: none, label: 'None yet' }],
        pipelineNamed(plan, pipelines) ?? none,
      ));
    if (pipeline === none) continue;
    if (known === null || known === undefined) pricePlans[plan] = pipeline;
    const configured = state.pipelines.find((row) => row.pd_pipeline_id === pipeline)?.default_entry_stage;
    const ofPipeline = stagesOf(pipeline, stages);
    const [first] = ofPipeline;
    const isSettled = (configured ?? null) !== null || entryStages.has(pipeline);
    if (isSettled || first === undefined || ofPipeline.length === 1) continue;
    const stage = await choose(
      invocation,
      `At which stage do deals enter the pipeline ${pipelines.find(({ id }) => id === pipeline)?.name ?? pipeline}?`,
      ofPipeline.map(({ id, name }) => ({ value: id, label: `${name ?? ''} (${id})` })),
      first.id,
    );
    entryStages.set(pipeline, stage);
  }
  return { pricePlans, entryStages };
};
