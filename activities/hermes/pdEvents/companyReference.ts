/** The company of an organization that a person or a deal hangs on. */
import { saveRemoteRecord } from '../remoteRecord.ts';
import type { PdContext } from './context.ts';
import { storeOrganization } from './organization.ts';
import { referenceState } from './reference.ts';
import type { PdVerdict } from './verdict.ts';

export type CompanyReference =
  | { kind: 'company'; id: number }
  /** Pipedrive has no such organization, or it may not become a company (PDP-17, PDD-35). */
  | { kind: 'none'; reason: string }
  | { kind: 'waiting'; verdict: PdVerdict };

/**
 * An organization that Hermes does not have is read and stored first.
 *
 * @param before takes the turns that come before the organization's
 */
export const companyOfOrganization = async (
  context: PdContext,
  organizationId: number,
  before: () => Promise<void> = () => Promise.resolve(),
): Promise<CompanyReference> => {
  const none = (reason: string): CompanyReference => ({ kind: 'none', reason });
  const find = async (): Promise<CompanyReference | null> => {
    const row = (await context.trx('company').where({ pd_org_id: organizationId }).first('id')) as
      { id: number } | undefined;
    return row === undefined ? null : { kind: 'company', id: row.id };
  };
  const held = await find();
  if (held !== null) return held;
  await before();
  const state = await referenceState(context, { entity: 'organization', id: organizationId });
  // While this event waited for the organization's turn, another may have stored it.
  const stored = await find();
  if (stored !== null) return stored;
  if (state.kind === 'readNeeded') return { kind: 'waiting', verdict: state };
  if (state.kind === 'unavailable') return none(`Pipedrive does not have organization ${organizationId}`);
  const verdict = await storeOrganization(context, state.subject);
  if (verdict.kind === 'ignored') return none(`organization ${organizationId}: ${verdict.reason}`);
  if (verdict.kind === 'readNeeded' || (verdict.kind === 'parked' && !verdict.stored)) {
    return { kind: 'waiting', verdict };
  }
  await saveRemoteRecord(context.trx, 'pipedrive', 'organization', organizationId, {
    event_at: state.subject.happenedAt,
  });
  return verdict.companyId === null
    ? none(`organization ${organizationId} has no company`)
    : { kind: 'company', id: verdict.companyId };
};
