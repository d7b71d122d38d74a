/** Counts and outcomes of an import, for an operator. */
import type { ReadEntity } from '../../inbox/reading.ts';
import { importedEntities, type EntityImport } from './run.ts';

const nouns: Record<ReadEntity, string> = {
  organization: 'organizations',
  person: 'persons',
  deal: 'open deals',
};

const shownLookAlikes = 50;
const shownReason = 140;

export type Imports = Readonly<Record<ReadEntity, EntityImport>>;

const entityLines = (entity: ReadEntity, { read, fates, lookAlikes, outcomes }: EntityImport): string[] => [
  `${nouns[entity]}: ${read} read; ${fates.linked} linked already, ${fates.filed} imported before, ${fates.named} that name a record of Hermes, ${fates.new} new${fates.lookAlike > 0 ? `, ${fates.lookAlike} held back` : ''}`,
  ...outcomes.map(
    ({ outcome, reason, events }) =>
      `  ${String(events).padStart(6)}  ${outcome}${reason === null ? '' : `: ${reason.slice(0, shownReason)}`}`,
  ),
  ...lookAlikes
    .slice(0, shownLookAlikes)
    .map(
      ({ remoteId, companyId }) =>
        `  organization ${remoteId} has the name of company ${companyId}: held back, with its persons and deals`,
    ),
  ...(lookAlikes.length > shownLookAlikes
    ? [`  ... and ${lookAlikes.length - shownLookAlikes} more look-alikes`]
    : []),
];

/** A length of time in words that suit an estimate. */
const roughly = (seconds: number): string => {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
};

const createdTokens = 5;

/** What an import will cost: every record that is taken over gets its hermes_id written, a call each. */
export const estimate = (imports: Imports, rate: { calls: number; seconds: number }): string => {
  const calls = importedEntities.reduce((sum, entity) => {
    const { fates } = imports[entity];
    return sum + fates.new + fates.named;
  }, 0);
  const seconds = (calls / rate.calls) * rate.seconds;
  return `About ${calls} calls to Pipedrive, ${calls * createdTokens} tokens of the daily budget, ${roughly(seconds)} at the rate of PD_API_MAX_RATE.\n`;
};

export const importReport = (imports: Imports): string => {
  const lines = importedEntities.flatMap((entity) => entityLines(entity, imports[entity]));
  const alike = imports.organization.lookAlikes.length > 0;
  return [
    ...lines,
    ...(alike
      ? [
          'Look-alikes are never merged by guess: write the id of the company into the hermes_id field of the organization, and import again.',
        ]
      : []),
  ]
    .map((line) => `${line}\n`)
    .join('');
};
