/**
 * Where a record in Pipedrive differs from what Hermes holds, although Hermes believed it in sync.
 *
 * The rules are those of the everyday sync: the plan is made with what was read in the place of what was known.
 */
import { isEmpty, sameValue, type Fields } from '../pipedrive/fields.ts';
import { planSync, type PlanInput, type Step } from '../pipedrive/plan.ts';

export type DriftEntity = 'organization' | 'person' | 'deal';

export type Drift =
  /** The record is there and holds something else. */
  | {
      kind: 'differs';
      fields: string[];
      /** Changed in Pipedrive, and Hermes never heard of it: news, as a webhook would have brought it. */
      unheard: string[];
    }
  /** Hermes is linked to it, and Pipedrive does not list it. */
  | { kind: 'missing' }
  /** Pipedrive has it, and must not: a company that is no real client. */
  | { kind: 'unwanted' };

const suffixes: Record<DriftEntity, string> = {
  organization: 'Organization',
  person: 'Person',
  deal: 'Deal',
};

const withKnown = (
  input: PlanInput,
  entity: DriftEntity,
  recordId: number,
  known: Fields | null,
): PlanInput => {
  switch (entity) {
    case 'organization':
      return { ...input, company: { ...input.company, known } };
    case 'person':
      return {
        ...input,
        contacts: input.contacts.map((row) => (row.id === recordId ? { ...row, known } : row)),
      };
    case 'deal':
      return { ...input, deals: input.deals.map((row) => (row.id === recordId ? { ...row, known } : row)) };
  }
};

const stepOf = (input: PlanInput, entity: DriftEntity, recordId: number): Step | undefined =>
  planSync(input).find((step) => step.call.endsWith(suffixes[entity]) && step.recordId === recordId);

/** A change in Pipedrive is one that Hermes did not write and did not hear of; what was emptied there says nothing. */
const isUnheard = (name: string, reading: Fields, known: Fields | null): boolean =>
  !isEmpty(reading[name]) && known !== null && name in known && !sameValue(reading[name], known[name]);

/** What a deal is in Pipedrive's hands: Hermes copies it, and writes none of it but an end of its own (NARC-09). */
export interface DealState {
  status: string;
  pd_pipeline_id: number | null;
  pd_stage_id: number | null;
}

/**
 * What Pipedrive says of a deal's status, pipeline and stage, and Hermes never heard of.
 *
 * @param record as it was read
 * @param known what it was known to hold: a status that Hermes has yet to write is no news
 */
export const unheardState = (record: Fields, held: DealState, known: Fields | null): string[] => {
  const { status, pipeline_id: pipeline, stage_id: stage } = record;
  const isNews =
    typeof status === 'string' &&
    status !== held.status &&
    (held.status === 'open' || (known?.status !== undefined && known.status !== status));
  return [
    ...(isNews ? ['status'] : []),
    ...(typeof pipeline === 'number' && pipeline !== held.pd_pipeline_id ? ['pipeline_id'] : []),
    ...(typeof stage === 'number' && stage !== held.pd_stage_id ? ['stage_id'] : []),
  ];
};

/** The drift of a record of which `names` are news, too. */
export const withNews = (drift: Drift | null, names: readonly string[]): Drift | null => {
  if (names.length === 0 || (drift !== null && drift.kind !== 'differs')) return drift;
  return {
    kind: 'differs',
    fields: [...new Set([...(drift?.fields ?? []), ...names])],
    unheard: [...new Set([...(drift?.unheard ?? []), ...names])],
  };
};

/**
 * Compares a record.
 *
 * @param reading what was read, in flat form; null when Pipedrive does not list the record
 * @param known what it was known to hold
 * @returns null when there is nothing to do
 */
export const driftOf = (
  input: PlanInput,
  entity: DriftEntity,
  recordId: number,
  reading: Fields | null,
  known: Fields | null,
): Drift | null => {
  const step = stepOf(withKnown(input, entity, recordId, reading), entity, recordId);
  if (step === undefined) return null;
  if (step.call.startsWith('delete')) return reading === null ? null : { kind: 'unwanted' };
  if (step.call.startsWith('read')) return reading === null ? { kind: 'missing' } : null;
  if (!step.call.startsWith('update') || reading === null) return null;
  const { fields } = step;
  return { kind: 'differs', fields, unheard: fields.filter((name) => isUnheard(name, reading, known)) };
};
