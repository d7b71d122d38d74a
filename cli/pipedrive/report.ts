/** The plan of a setup for an operator's eyes. */
import type { Change } from '../../domain/configuration/plan.ts';
import { changesReport } from '../../configuration/report.ts';
import type { FieldPlan } from './planFields.ts';
import type { WebhookPlan } from './planWebhooks.ts';

export interface SetupPlan {
  /** What the database would get. */
  changes: readonly Change[];
  /** What Pipedrive would get. */
  fields: FieldPlan['create'];
  webhooks: WebhookPlan;
  /** What an operator should know and the setup cannot mend. */
  notes: readonly string[];
}

const changed = (plan: SetupPlan): Change[] => plan.changes.filter(({ action }) => action !== 'unchanged');

/** Whether everything is as it should be, as far as the setup can bring it about. */
export const isNothing = (plan: SetupPlan): boolean =>
  changed(plan).length === 0 &&
  plan.fields.length === 0 &&
  plan.webhooks.create.length === 0 &&
  plan.webhooks.remove.length === 0;

const part = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? '' : `\n${title}\n${lines.map((line) => `  ${line}\n`).join('')}`;

/** @param url where the webhooks go */
export const setupReport = (plan: SetupPlan, url: string): string => {
  const { fields, webhooks, notes } = plan;
  const changes = changed(plan);
  return [
    isNothing(plan) ? 'Nothing to do: everything is set up.\n' : '',
    part(
      'Fields to create in Pipedrive:',
      fields.map(({ use, field }) => `${use.entity}: ${field.field_name} (${field.field_type})`),
    ),
    part(`Webhooks to register, to ${url}:`, webhooks.create),
    part(
      'Webhooks to remove:',
      webhooks.remove.map(({ id, object, reason }) => `${id}, ${object}: ${reason}`),
    ),
    changes.length === 0
      ? ''
      : `\nConfiguration of Hermes:\n${changesReport(changes, false)
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => `  ${line}\n`)
          .join('')}`,
    part('To look at:', [
      ...notes,
      ...webhooks.others.map((other) => `Webhooks go to ${other}, too: left alone.`),
    ]),
  ].join('');
};
