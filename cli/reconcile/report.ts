/** A reconciliation's outcome for an operator. */
import type { Counts, EntityCount, ReconcileSummary } from '../../domain/reconcile/report.ts';

const nouns: Record<keyof Counts, string> = {
  organization: 'organizations',
  person: 'persons',
  deal: 'deals',
};

/** Names of Hermes by flat field names, per entity, where the field map has one. */
export type FieldNames = (entity: keyof Counts, field: string) => string;

const entityLines = (entity: keyof Counts, count: EntityCount, nameOf: FieldNames): string[] => {
  const { read, compared, busy, unlinked, drifted, missing, unwanted, fields } = count;
  const rows = Object.entries(fields)
    .sort(([, a], [, b]) => b - a)
    .map(([field, records]) => `    ${String(records).padStart(5)}  ${nameOf(entity, field)}`);
  return [
    `  ${nouns[entity]}: ${read} read, ${compared} compared, ${drifted} drifted; ${unlinked} only in Pipedrive, ${busy} on their way`,
    ...rows,
    ...(missing > 0 ? [`    ${String(missing).padStart(5)}  not in Pipedrive any more`] : []),
    ...(unwanted > 0 ? [`    ${String(unwanted).padStart(5)}  should not be in Pipedrive`] : []),
  ];
};

const conclusion = ({ state, drifted, maxRepairs, repairs }: ReconcileSummary): string => {
  switch (state) {
    case 'inSync':
      return 'Pipedrive holds what Hermes wants.';
    case 'reported':
      return `${drifted} drifted; nothing was repaired: this was a dry run.`;
    case 'repaired':
      return `${drifted} drifted: ${repairs.events} changes made in Pipedrive are taken over, ${repairs.syncs} companies are synced anew.`;
    case 'tooMuch':
      return `${drifted} drifted, more than the ${maxRepairs} that are repaired unasked: nothing was repaired.`;
    case 'budgetLow':
      return "Pipedrive's budget of the day is nearly spent: nothing was repaired.";
  }
};

/** Counts by entity and field, then what was done. */
export const reconcileReport = (summary: ReconcileSummary, nameOf: FieldNames): string =>
  [
    'Pipedrive compared with Hermes:',
    ...(['organization', 'person', 'deal'] as const).flatMap((entity) =>
      entityLines(entity, summary.counts[entity], nameOf),
    ),
    conclusion(summary),
  ]
    .map((line) => `${line}\n`)
    .join('');
