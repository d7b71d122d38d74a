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
