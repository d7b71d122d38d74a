/** One pass over a company's records in Pipedrive: compare, call, compare again. */
import type { ApplicationFailure, ActivityOptions } from '@temporalio/workflow';
import type { FailureDetail } from '../activities/downstream/call.ts';
import type { FindCreatedRequest } from '../activities/pipedrive/findCreated.ts';
import type { FindCreatedAnswer } from '../activities/pipedrive/listed.ts';
import { typedFailure } from './failures.ts';
import type { PassContext } from './pass.ts';
import { persist } from './persist.ts';
import { database, pipedrive } from './proxies.ts';
import {
  stepKey,
  type OrganizationSearch,
  type PlanAnswer,
  type RecordTarget,
  type Step,
  type StepOutcome,
} from './syncSteps.ts';

export interface PipedrivePassContext extends PassContext {
  /** A signal may raise it during the pass. */
  priorityKey: () => number;
  /** Called after each comparison that led to writes. */
  onWrites: () => void;
  /** Waits for further changes where that is due. @returns whether some arrived */
  collect: (round: number, msSinceSync: number | null) => Promise<boolean>;
}

/** A plan that still changes after this many rounds does not converge: that is a bug, and must be seen. */
const maxRounds = 25;

interface Callable<A, R> {
  executeWithOptions: (options: ActivityOptions, args: [A]) => Promise<R>;
}

const makeCall = <A, R>(
  context: PipedrivePassContext,
  activity: Callable<A, R>,
  summary: string,
  argument: A,
) => {
  const { onWaiting, mustRenew, notices, during } = context;
  return persist({ what: 'Pipedrive', woken: () => false, onWaiting, mustRenew, notices, during }, () =>
    activity.executeWithOptions({ summary, priority: { priorityKey: context.priorityKey() } }, [argument]),
  );
};

const entities = {
  createPerson: { create: 'createPerson', find: 'findCreatedPerson' },
  createDeal: { create: 'createDeal', find: 'findCreatedDeal' },
  createActivity: { create: 'createActivity', find: 'findCreatedActivity' },
  linkOrganization: { create: 'createOrganization', find: 'findCreatedOrganization' },
} as const;

/** Creates a record; when an earlier create may have happened, looks for what it made before it tries again. */
const createOnce = async (
  context: PipedrivePassContext,
  kind: keyof typeof entities,
  target: RecordTarget,
  summary: string,
): Promise<StepOutcome> => {
  const { create, find } = entities[kind];
  const findCreated: Callable<FindCreatedRequest, FindCreatedAnswer> = pipedrive[find];
  for (;;) {
    const outcome = await makeCall(context, pipedrive[create], summary, target);
    if (outcome !== 'ambiguous') return outcome;
    let cursor: string | null = null;
    do {
      const answer: FindCreatedAnswer = await makeCall(
        context,
        findCreated,
        `${summary}: did the earlier one happen?`,
        { ...target, cursor },
      );
      if (answer.found) return 'done';
      ({ cursor } = answer);
    } while (cursor !== null);
  }
};

const describeSearch = (search: OrganizationSearch): string =>
  'contactId' in search ? `by ${search.by} of contact ${search.contactId}` : `by ${search.by}`;

/** Links the organization that Pipedrive has already, else creates one. */
const linkOrganization = async (
  context: PipedrivePassContext,
  searches: readonly OrganizationSearch[],
): Promise<StepOutcome> => {
  const { companyId } = context;
  for (const search of searches) {
    const candidates = await makeCall(
      context,
      pipedrive.searchOrganizations,
      `organization of company ${companyId}, ${describeSearch(search)}`,
      { companyId, search },
    );
    for (const organizationId of candidates) {
      const outcome = await makeCall(
        context,
        pipedrive.adoptOrganization,
        `organization ${organizationId} for company ${companyId}?`,
        { companyId, organizationId },
      );
      // Linked, but nothing was written there.
      if (outcome !== 'skipped') return outcome === 'done' ? 'present' : outcome;
    }
  }
  return createOnce(
    context,
    'linkOrganization',
    { companyId, recordId: companyId },
    `organization of company ${companyId}`,
  );
};

const nouns: Record<Step['call'], string> = {
  linkOrganization: 'organization of company',
  readOrganization: 'organization of company',
  updateOrganization: 'organization of company',
  deleteOrganization: 'organization of company',
  createPerson: 'person of contact',
  readPerson: 'person of contact',
  updatePerson: 'person of contact',
  deletePerson: 'person of contact',
  createDeal: 'deal',
  readDeal: 'deal',
  updateDeal: 'deal',
  deleteDeal: 'deal',
  createActivity: 'activity of meeting',
  updateActivity: 'activity of meeting',
  deleteActivity: 'activity of meeting',
};

const summaryOf = (step: Step): string => {
  const fields =
    step.call.startsWith('update') && step.fields.length > 0 ? `: ${step.fields.join(', ')}` : '';
  return `${nouns[step.call]} ${step.recordId}${fields}`.slice(0, 190);
};

const readers = {
  updateOrganization: 'readOrganization',
  updatePerson: 'readPerson',
  updateDeal: 'readDeal',
  updateActivity: 'readActivity',
} as const;

const isUpdate = (call: Step['call']): call is keyof typeof readers => call in readers;

/** @param steps what cannot be done because of it */
const refuse = (
  context: PipedrivePassContext,
  plan: PlanAnswer,
  steps: readonly Step[],
  reason: string,
): void => {
  const { refused, refusals } = context;
  if (refused.version !== plan.version)
    Object.assign(refused, { version: plan.version, keys: [], reasons: [] });
  refused.keys.push(...steps.map(stepKey));
  refused.reasons.push(reason);
  refusals.push(reason);
};

const runStep = async (context: PipedrivePassContext, plan: PlanAnswer, step: Step): Promise<StepOutcome> => {
  const target: RecordTarget = { companyId: context.companyId, recordId: step.recordId };
  const summary = summaryOf(step);
  if (step.call === 'linkOrganization') return linkOrganization(context, plan.searches);
  if (step.call === 'createPerson' || step.call === 'createDeal' || step.call === 'createActivity') {
    return createOnce(context, step.call, target, summary);
  }
  const outcome = await makeCall(context, pipedrive[step.call], summary, target);
  if (outcome !== 'maybeGone' || !isUpdate(step.call)) return outcome;
  const confirmed = await makeCall(context, pipedrive[readers[step.call]], `${summary}: is it gone?`, target);
  if (confirmed === 'present') {
    const reason = `${summary}: Pipedrive does not find it to update it, but answers when it is read`;
    refuse(context, plan, [step], reason);
    return 'skipped';
  }
  return confirmed;
};

/** Whether the rest of the plan makes no sense without this step: nothing is made under an organization that is not there. */
const isRoot = (step: Step): boolean =>
  step.call.endsWith('Organization') && step.call !== 'deleteOrganization';

/** What a refusal says besides its text. */
const detailOf = (failure: ApplicationFailure): FailureDetail | null =>
  (failure.details?.[0] as FailureDetail | undefined) ?? null;

/** A refusal in words for operators: which record, what the downstream says of which fields, where both bodies are kept. */
const reasonOf = (step: Step, failure: ApplicationFailure): string => {
  const row = detailOf(failure)?.apiCallId ?? null;
  return `${summaryOf(step)}: ${failure.message}${row === null ? '' : `, call log ${row}`}`;
};

/**
 * Whether a refused step failed because the organization it hangs on is gone, which nothing else would have told (SYN-69).
 */
const lacksOrganization = async (
  context: PipedrivePassContext,
  step: Step,
  failure: ApplicationFailure,
): Promise<boolean> => {
  if (isRoot(step) || detailOf(failure)?.fields.includes('org_id') !== true) return false;
  const { companyId } = context;
  const summary = `organization of company ${companyId}: is it gone?`;
  try {
    const target = { companyId, recordId: companyId };
    return (await makeCall(context, pipedrive.readOrganization, summary, target)) === 'gone';
  } catch (error) {
    if (typedFailure(error) === null) throw error;
    return false;
  }
};

/** What a round left behind. */
interface Round {
  wrote: boolean;
  /** Steps that must not be planned again in this pass. */
  settled: string[];
  /** Steps that were found to be made already. */
  unneeded: string[];
}

const runSteps = async (context: PipedrivePassContext, plan: PlanAnswer): Promise<Round> => {
  const round: Round = { wrote: false, settled: [], unneeded: [] };
  let { version } = plan;
  for (const step of plan.steps) {
    try {
      const outcome = await runStep(context, { ...plan, version }, step);
      // To be linked is a change of the company: TC2 is told the organization's id.
      if (step.call === 'linkOrganization' && (outcome === 'done' || outcome === 'present')) version += 1;
      if (outcome === 'done' && !step.call.startsWith('read')) round.wrote = true;
      if (outcome === 'skipped') round.settled.push(stepKey(step));
      if (outcome === 'unneeded') round.unneeded.push(stepKey(step));
      if (outcome === 'gone' && isRoot(step)) return round;
    } catch (error) {
      const failure = typedFailure(error);
      if (failure === null) throw error;
      if (await lacksOrganization(context, step, failure)) return round;
      // Under an organization that is not there nothing else can be made.
      const lost = step.call === 'linkOrganization' ? plan.steps : [step];
      refuse(context, { ...plan, version }, lost, reasonOf(step, failure));
      round.settled.push(...lost.map(stepKey));
      if (step.call === 'linkOrganization') return round;
    }
  }
  return round;
};

/**
 * Brings Pipedrive to what is wanted; refusals are collected, and the other records go on (SYN-12, SYN-20, OPS-21).
 *
 * A step that was refused is left alone until the company changes, one that could not be made for the rest of the pass.
 */
export const pipedrivePass = async (context: PipedrivePassContext): Promise<void> => {
  const { companyId, refusals, refused } = context;
  let settled: string[] = [];
  let unneeded: string[] = [];
  const compare = (): Promise<PlanAnswer> => database.planPipedriveSync({ companyId, settled, refusals });
  const begin = async (): Promise<PlanAnswer> => {
    settled = [];
    refusals.length = 0;
    const fresh = await compare();
    // Somebody asked for a sync, but nothing changed since: what was refused would be refused again (RL-16).
    if (fresh.steps.length === 0 || fresh.version !== refused.version) return fresh;
    settled = [...refused.keys];
    refusals.push(...refused.reasons);
    return compare();
  };
  let plan = await begin();
  for (let rounds = 0; rounds < maxRounds && plan.steps.length > 0; rounds += 1) {
    if (await context.collect(rounds, plan.msSinceSync)) plan = await begin();
    const round = await runSteps(context, plan);
    if (round.wrote) context.onWrites();
    // Planned again though nothing was left to do: the second time it is not believed.
    const disputed = round.unneeded.filter((key) => unneeded.includes(key));
    ({ unneeded } = round);
    settled = [...settled, ...round.settled, ...disputed];
    plan = await compare();
  }
  if (plan.steps.length === 0) return;
  refusals.push(
    `company ${companyId} still differs after ${maxRounds} comparisons: ${plan.steps.map(stepKey).join(', ')}`,
  );
  settled = [...settled, ...plan.steps.map(stepKey)];
  await compare();
};
