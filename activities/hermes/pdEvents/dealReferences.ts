/** What a deal hangs on: its company, pipeline and stage, each read first where Hermes does not have it. */
import type { Fields } from '../../../domain/pipedrive/fields.ts';
import type { AdminsByOwner } from '../../../domain/pipedriveWebhook/columnValue.ts';
import { lockRemoteRecord } from '../remoteRecord.ts';
import { companyOfOrganization } from './companyReference.ts';
import type { PdContext } from './context.ts';
import { storeCopy } from './copy.ts';
import { referenceState } from './reference.ts';
import { ignored, waitingForOwner, waitingForRecord, type PdVerdict } from './verdict.ts';

/** Hermes ids; null for what the report does not name. */
export interface DealReferences {
  companyId: number | null;
  pipelineId: number | null;
  stageId: number | null;
}

type CopyState = { kind: 'copy'; id: number } | { kind: 'waiting'; verdict: PdVerdict };

/** The copy of a pipeline or stage; an unknown one is read, and waited for when Pipedrive does not have it (PDD-17, PDD-18). */
const copyOf = async (
  context: PdContext,
  what: 'pipeline' | 'stage',
  remoteId: number,
): Promise<CopyState> => {
  const find = async (): Promise<CopyState | null> => {
    const row = (await context
      .trx(what)
      .where({ [`pd_${what}_id`]: remoteId })
      .first('id')) as { id: number } | undefined;
    return row === undefined ? null : { kind: 'copy', id: row.id };
  };
  const known = await find();
  if (known !== null) return known;
  const state = await referenceState(context, { entity: what, id: remoteId });
  if (state.kind === 'readNeeded') return { kind: 'waiting', verdict: state };
  if (state.kind === 'read') await storeCopy(what)(context, state.subject);
  return (await find()) ?? { kind: 'waiting', verdict: waitingForRecord(what, remoteId) };
};

/** A person's own event takes the person's turn before the organization's. */
const takePersonsTurn = async ({ trx }: PdContext, personId: unknown): Promise<void> => {
  if (typeof personId === 'number') await lockRemoteRecord(trx, 'pipedrive', 'person', personId);
};

export type Resolution =
  { ok: true; references: DealReferences; note: string | null } | { ok: false; verdict: PdVerdict };

/** Finds what the deal hangs on, in the order in which it must exist. A new deal needs a company, and an owner who is an admin. */
export const resolveReferences = async (
  context: PdContext,
  fields: Fields,
  admins: AdminsByOwner,
  isNew: boolean,
): Promise<Resolution> => {
  const { owner_id: owner, org_id: organizationId, pipeline_id: pipelineId, stage_id: stageId } = fields;
  const references: DealReferences = { companyId: null, pipelineId: null, stageId: null };
  let note: string | null = null;
  if (typeof organizationId === 'number') {
    const company = await companyOfOrganization(context, organizationId, () =>
      takePersonsTurn(context, fields.person_id),
    );
    if (company.kind === 'waiting') return { ok: false, verdict: company.verdict };
    if (company.kind === 'company') references.companyId = company.id;
    else note = company.reason;
  }
  if (isNew && references.companyId === null) {
    return { ok: false, verdict: ignored(note ?? 'a deal without an organization') };
  }
  if (isNew && typeof owner === 'number' && !admins.has(owner)) {
    return { ok: false, verdict: waitingForOwner(owner) };
  }
  for (const [what, remoteId] of [
    ['pipeline', pipelineId],
    ['stage', stageId],
  ] as const) {
    if (typeof remoteId !== 'number') continue;
    const copy = await copyOf(context, what, remoteId);
    if (copy.kind === 'waiting') return { ok: false, verdict: copy.verdict };
    references[`${what}Id`] = copy.id;
  }
  return { ok: true, references, note };
};
