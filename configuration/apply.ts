/**
 * Applies a configuration file in one transaction, or nothing of it.
 *
 * Pipedrive is asked for its fields before the transaction begins: no transaction stays open across a remote call.
 */
import type { Database } from '../db/connection.ts';
import type { PipedriveClient } from '../clients/pipedrive/client.ts';
import { inFileOrder, type Fault } from '../domain/configuration/fault.ts';
import {
  changesSomething,
  planConfiguration,
  type Change,
  type Defaults,
} from '../domain/configuration/plan.ts';
import { readConfiguration } from '../domain/configuration/read.ts';
import { judgeConfiguration } from '../domain/configuration/rules/judge.ts';
import type { ConfigurationState } from '../domain/configuration/state.ts';
import {
  pipedriveFields,
  readFieldDefinitions,
  saveFieldDefinitions,
  type ReadDefinitions,
} from './fieldDefinitions.ts';
import { loadConfiguration } from './load.ts';
import { saveConfiguration } from './save.ts';

export interface ApplyOptions {
  db: Database;
  text: string;
  defaults: Defaults;
  /** Undefined without credentials: keys are then taken as they are. */
  pipedrive: PipedriveClient | undefined;
  dryRun: boolean;
  /** Why the text does not fit what is there, as a sentence; null when it fits. Asked while nobody else can change what is there. */
  unless?: (before: ConfigurationState) => string | null;
}

export interface Applied {
  /** Any fault means that nothing was changed. */
  faults: readonly Fault[];
  warnings: readonly Fault[];
  /** Why Pipedrive's fields could not be compared; undefined when they were, or when there was nothing to ask. */
  pipedriveFailure: string | undefined;
  changes: readonly Change[];
  /** Definitions of Pipedrive's fields that were written anew. */
  definitionsChanged: number;
}

/** Tables that only operators change. Webhooks write pipelines and stages, so these are not locked but merged. */
const operatorsTables = 'admin, config, pipedrive_field, custom_field';

/** Applies `text`; see `Applied` for what came of it. */
export const applyConfiguration = async (options: ApplyOptions): Promise<Applied> => {
  const { db, dryRun } = options;
  const read = readConfiguration(options.text);
  const { fieldMaps, customFields } = read.document;
  const speaksOfFields = Object.keys(fieldMaps).length > 0 || customFields.length > 0;
  const asked: ReadDefinitions | undefined =
    options.pipedrive === undefined || !speaksOfFields
      ? undefined
      : await readFieldDefinitions(options.pipedrive);
  const definitions = asked?.ok === true ? asked.definitions : undefined;
  const pipedriveFailure = asked?.ok === false ? asked.failure.summary : undefined;

  return db.transaction(async (turn) => {
    if (!dryRun) {
      await turn.raw("set local lock_timeout = '15s'");
      await turn.raw(`lock table ${operatorsTables} in share row exclusive mode`);
    }
    const before = await loadConfiguration(turn);
    const plan = planConfiguration(before, read.document, options.defaults);
    const fields = definitions === undefined ? undefined : pipedriveFields(definitions);
    const judged = judgeConfiguration(read, before, plan, fields);
    const obstacle = options.unless?.(before) ?? null;
    const misfit: Fault[] = obstacle === null ? [] : [{ line: undefined, path: '', message: obstacle }];
    const outcome = {
      faults: inFileOrder([...misfit, ...read.faults, ...judged.faults]),
      warnings: inFileOrder(judged.warnings),
      pipedriveFailure,
      changes: plan.changes,
      definitionsChanged: 0,
    };
    if (outcome.faults.length > 0 || dryRun) return outcome;
    if (changesSomething(plan)) await saveConfiguration(turn, plan);
    if (definitions === undefined) return outcome;
    return { ...outcome, definitionsChanged: await saveFieldDefinitions(turn, definitions) };
  });
};
