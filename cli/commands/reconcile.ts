import { WorkflowFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { createFieldMapReader } from '../../activities/hermes/fieldMap.ts';
import type { Database } from '../../db/connection.ts';
import { definitionOfName } from '../../domain/pipedrive/fieldMap.ts';
import type { ReconcileSummary } from '../../domain/reconcile/report.ts';
import { readEnvironment } from '../../environment/environment.ts';
import { lazyClient, temporalAddress } from '../../temporal/connection.ts';
import { taskQueues } from '../../temporal/taskQueues.ts';
import { priorities } from '../../workflows/names.ts';
import type { ReconcileInput } from '../../workflows/reconcile.ts';
import { agree } from '../ask.ts';
import { CommandError, UsageError, type Command } from '../command.ts';
import { reconcileReport, type FieldNames } from '../reconcile/report.ts';
import { withDatabase } from '../withDatabase.ts';

/** One at a time: asked again, it waits for the run that is under way. */
const workflowId = 'reconcile';

const isSummary = (value: unknown): value is ReconcileSummary =>
  typeof value === 'object' && value !== null && 'counts' in value && 'state' in value;

/** The outcome, also of a run that ended by refusing to repair. */
const outcomeOf = async (client: Client, input: ReconcileInput): Promise<ReconcileSummary> => {
  try {
    const handle = await client.workflow.start('Reconcile', {
      workflowId,
      workflowIdConflictPolicy: 'FAIL',
      taskQueue: taskQueues.hermes,
      args: [input],
      staticSummary: 'Pipedrive compared with Hermes, by hand',
      priority: { priorityKey: priorities.repair },
    });
    return (await handle.result()) as ReconcileSummary;
  } catch (error) {
    const cause = error instanceof WorkflowFailedError ? error.cause : undefined;
    const detail: unknown = cause instanceof ApplicationFailure ? cause.details?.[0] : undefined;
    if (isSummary(detail)) return detail;
    if (error instanceof Error && error.name === 'WorkflowExecutionAlreadyStartedError') {
      throw new CommandError('A reconciliation is under way: see the run "reconcile" in Temporal.');
    }
    if (cause !== undefined) throw new CommandError(`The reconciliation failed: ${cause.message}.`);
    throw error;
  }
};

const fieldNames = async (db: Database): Promise<FieldNames> => {
  const map = await createFieldMapReader(db)();
  return (entity, field) => {
    const key = field.replace(/^custom_fields\./, '');
    const name = Object.entries(map.keys[entity]).find(([, mapped]) => mapped === key)?.[0];
    if (name !== undefined) return `${name} (${definitionOfName(map, entity, name).type})`;
    const custom = map.customFields.find((one) => one.entity === entity && one.pipedriveKey === key);
    return custom?.machineName ?? field;
  };
};

const maxRepairsOf = (text: unknown, standard: number): number => {
  if (typeof text !== 'string') return standard;
  if (!/^\d{1,4}$/.test(text) || Number(text) > 5000) {
    throw new UsageError('--max-repairs takes a number from 0 to 5000.');
  }
  return Number(text);
};

export const reconcile: Command = {
  name: 'reconcile',
  summary: "Compare Pipedrive's real state with Hermes, and repair what drifted apart",
  details: `
Reads organizations, persons and deals by pages, slowly, in a run of the worker. Repairs only when it found no more than a limit; with
more it stops and ends with 1, because that much is a mistake rather than drift. The same happens every night, as RECONCILE_NIGHTLY
says. See docs/reconcile.md.`,
  options: {
    'dry-run': { type: 'boolean', summary: 'compare and report, repair nothing' },
    'max-repairs': { type: 'string', summary: 'repair up to so many records (RECONCILE_MAX_REPAIRS)' },
    yes: { type: 'boolean', short: 'y', summary: 'do not ask' },
  },
  run: async (invocation) => {
    const { settings, options, stdout, stderr } = invocation;
    const environment = readEnvironment({ ...settings });
    const dryRun = options['dry-run'] === true;
    const maxRepairs = maxRepairsOf(options['max-repairs'], environment.RECONCILE_MAX_REPAIRS);
    if (!dryRun) await agree(invocation, `Compare, and repair up to ${maxRepairs} records?`);
    const temporal = lazyClient(temporalAddress({ ...settings }));
    try {
      stderr.write(`Comparing; the run is "${workflowId}" in Temporal.\n`);
      const summary = await outcomeOf(temporal.client, { dryRun, maxRepairs });
      stdout.write(reconcileReport(summary, await withDatabase(environment, fieldNames)));
      if (summary.state === 'tooMuch' || summary.state === 'budgetLow') {
        throw new CommandError(
          summary.state === 'tooMuch'
            ? 'Look at the fields first; then say --max-repairs if it is drift after all.'
            : 'Try again tomorrow.',
        );
      }
    } finally {
      await temporal.close();
    }
  },
};
