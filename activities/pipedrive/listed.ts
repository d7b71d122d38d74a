/** Lists of Pipedrive's records, in which a record is looked for that may have been made already. */

/** Clocks differ: a list begins this much before the moment in question. */
export const clockDifferenceMs = 2 * 60_000;

export const pageSize = 500;

export type Listed = {
  id: number;
  custom_fields?: unknown;
  is_deleted?: boolean | null | undefined;
} & Record<string, unknown>;

export interface FindCreatedAnswer {
  found: boolean;
  /** Where the list goes on; null at its end, when the create may be sent again. */
  cursor: string | null;
}
