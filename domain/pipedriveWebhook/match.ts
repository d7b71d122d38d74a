/** Which record of Hermes a report is about. The link by Pipedrive id wins over hermes_id (PDP-27, PDD-33, PDM-01). */

export interface MatchedCompany {
  id: number;
  pd_org_id: number | null;
  tc2_cligency_id: number | null;
  narc: boolean;
  is_deleted: boolean;
}

export type Match =
  | { kind: 'linked'; id: number }
  /** Not linked yet: link it. */
  | { kind: 'link'; id: number }
  /** No record of Hermes is named: a new one may be made. */
  | { kind: 'unknown' }
  /** A record is named that must not be linked, or that does not exist. */
  | { kind: 'none'; reason: string };

const none = (reason: string): Match => ({ kind: 'none', reason });

const inOrder = <T extends { id: number }>(ids: readonly number[], rows: readonly T[]): T[] =>
  ids.map((id) => rows.find((row) => row.id === id)).filter((row) => row !== undefined);

/**
 * PDO-08, PDO-35 to PDO-38, PDM-21 to PDM-24.
 *
 * @param linked the company that has the organization's id
 * @param ids from hermes_id
 * @param listed the companies of those ids
 */
export const matchCompany = (
  linked: { id: number } | undefined,
  ids: readonly number[],
  listed: readonly MatchedCompany[],
): Match => {
  if (linked !== undefined) return { kind: 'linked', id: linked.id };
  if (ids.length === 0) return { kind: 'unknown' };
  const existing = inOrder(ids, listed);
  if (existing.length === 0) return none(`no company has the hermes_id ${ids.join(', ')}`);
  const real = existing.filter(({ narc }) => !narc);
  const chosen = real.find(({ tc2_cligency_id: client }) => client !== null) ?? real[0];
  if (chosen === undefined) return none('the company is NARC, which is never linked');
  if (chosen.pd_org_id !== null) {
    return none(`company ${chosen.id} is linked to organization ${chosen.pd_org_id}`);
  }
  return { kind: 'link', id: chosen.id };
};

export interface MatchedRecord {
  id: number;
  remoteId: number | null;
  is_deleted: boolean;
}

/**
 * PDP-12 to PDP-27, PDD-07, PDD-08, PDD-32, PDM-34, PDM-37, PDM-41: contacts and deals. Those that are deleted stay deleted.
 *
 * @param mergedFrom Pipedrive id of the loser, whose link may move to the winner
 */
export const matchRecord = (
  linked: { id: number } | undefined,
  ids: readonly number[],
  listed: readonly MatchedRecord[],
  mergedFrom: number | null,
): Match => {
  if (linked !== undefined) return { kind: 'linked', id: linked.id };
  if (ids.length === 0) return { kind: 'unknown' };
  const existing = inOrder(ids, listed);
  if (existing.length === 0) return none(`nothing has the hermes_id ${ids.join(', ')}`);
  const alive = existing.filter((row) => !row.is_deleted);
  if (alive.length === 0) return none('what hermes_id names is deleted, and stays so');
  const free = alive.find(({ remoteId }) => remoteId === null || (ids.length > 1 && remoteId === mergedFrom));
  if (free === undefined) return none('what hermes_id names is linked to another record');
  return { kind: 'link', id: free.id };
};
