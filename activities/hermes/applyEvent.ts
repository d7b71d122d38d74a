/** Applies an event of a further sender (sources/source.ts) to the records: one short transaction. */
import type { WebhookSource } from '../../sources/source.ts';
import type { EventInput } from '../../workflows/names.ts';
import { wantSync } from './changes.ts';
import type { HermesDependencies } from './deps.ts';
import { appliedBefore, doneWith, endEvent } from './endEvent.ts';
import type { EventResult } from './eventResult.ts';
import { failInboxRow, loadInboxRow } from './inboxRow.ts';

const applied = (companyId: number | null, reason: string | null): EventResult =>
  doneWith({ outcome: 'applied', companyId, reason, syncNeeded: companyId !== null });

/** An event that a first attempt applied is not applied again. */
export const applyEvent =
  (deps: HermesDependencies, sources: readonly WebhookSource[]) =>
  ({ webhookId }: EventInput): Promise<EventResult> =>
    deps.db.transaction(async (trx): Promise<EventResult> => {
      const row = await loadInboxRow(trx, webhookId);
      if (row.outcome === 'applied') return appliedBefore(row);
      const fail = async (type: string, message: string): Promise<EventResult> => {
        const failure = { type, message, companyId: row.company_id };
        await failInboxRow(trx, row, failure);
        return { kind: 'failed', ...failure };
      };
      const applies = sources.find(({ name }) => name === row.source)?.apply ?? {};
      const apply = Object.entries(applies).find(([type]) => type === row.type)?.[1];
      if (apply === undefined)
        return fail('UnknownEvent', `nothing applies ${row.source} ${row.type ?? 'null'}`);
      if (row.body === null) return fail('BodyErased', 'the body was emptied');

      const verdict = await apply(trx, JSON.parse(row.body.toString('utf8')), deps);
      if (verdict.kind === 'failed') return fail(verdict.type, verdict.message);
      const companyId = verdict.kind === 'ignored' ? null : verdict.companyId;
      const reason = verdict.reason ?? null;
      const end = await endEvent(trx, row, { outcome: verdict.kind, companyId, reason });
      if (verdict.kind !== 'applied') return end;
      if (companyId !== null) await wantSync(trx, companyId);
      return applied(companyId, reason);
    });
