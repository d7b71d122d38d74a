/** Saves a part of the configuration through the rules of `hermes config apply`, or shows what is wrong, or what would change. */
import type { Context } from 'koa';
import { stringify } from 'yaml';
import { applyConfiguration, type ApplyOptions } from '../../configuration/apply.ts';
import { defaultsOf } from '../../configuration/defaults.ts';
import { changesReport } from '../../configuration/report.ts';
import type { PipedriveClient } from '../../clients/pipedrive/client.ts';
import { faultText } from '../../domain/configuration/fault.ts';
import type { ApiDependencies } from '../context.ts';
import { operatorOf, redirect, render } from './context.ts';
import { auditOperator } from './operators.ts';

/** What an operator would do next anyway. */
export interface FollowUp {
  /** Continues a sentence: `replay 3 events ...`. */
  label: string;
  /** @returns a notice */
  run: () => Promise<string>;
}

export interface SaveRequest {
  /** As it was sent: `step=review` asks to see the change first. */
  form: URLSearchParams;
  /** The part of a configuration file that the form stands for. */
  document: Record<string, unknown>;
  /** Why the document does not fit what is there by now; see `ApplyOptions`. */
  unless?: ApplyOptions['unless'];
  /** Where the reviewed form is sent; the request's own path unless given. */
  action?: string;
  /** The page to go back to. */
  back: string;
  /** Asked for its fields when the document names some. */
  pipedrive?: PipedriveClient | undefined;
  /** What the change makes possible, offered with the review and done after saving. */
  followUp?: FollowUp | null;
  /** More for the review to show; asked only when the document has no fault. */
  preview?: () => Record<string, unknown>;
}

/** 303 when saved; 422 with all faults and nothing stored; 200 with the change when a review was asked for. */
export const saveConfiguration = async (
  dependencies: ApiDependencies,
  context: Context,
  { form, document, unless, action, back, pipedrive, followUp = null, preview }: SaveRequest,
): Promise<void> => {
  const { db, environment } = dependencies;
  const review = form.get('step') === 'review';
  const applied = await applyConfiguration({
    db,
    text: stringify(document),
    dryRun: review,
    pipedrive,
    defaults: defaultsOf(environment),
    ...(unless === undefined ? {} : { unless }),
  });
  const refused = applied.faults.length > 0;
  if (refused || review) {
    context.status = refused ? 422 : 200;
    render(context, 'review', {
      title: refused ? 'Not saved' : 'Review',
      faults: applied.faults.map(faultText),
      warnings: applied.warnings.map(faultText),
      changes: changesReport(applied.changes, true),
      form: [...form.entries()].filter(([name]) => !['csrf', 'step', 'follow_up'].includes(name)),
      action: action ?? context.path,
      followUp: followUp?.label ?? null,
      back,
      slots: null,
      ...(refused ? {} : preview?.()),
    });
    return;
  }
  await auditOperator(db, operatorOf(context), 'configured', changesReport(applied.changes, false));
  const done = followUp !== null && form.get('follow_up') === 'yes' ? ` ${await followUp.run()}` : '';
  redirect(context, back, `Saved.${done}`);
};
