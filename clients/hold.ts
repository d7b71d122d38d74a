/**
 * Shadow mode: calls that would change something at a peer are not sent. The caller gets the answer that the peer would have given, so
 * that the work goes on as if; what was held back is told in the call's `meta`.
 */
import type { HttpBody, HttpMethod } from './http/request.ts';

/** A call that was not sent. */
export type HeldCall = {
  params: Readonly<Record<string, string | number>>;
  body: unknown;
  /** Id of a record that was never made; negative, which no peer's id is. */
  inventedId: number | null;
};

/** Gives ids for records that are not made: negative, and never the same twice. */
export type InventId = () => Promise<number>;

const fieldsOf = (body: HttpBody | undefined): Record<string, unknown> => {
  const sent = body !== undefined && 'json' in body ? body.json : {};
  return typeof sent === 'object' && sent !== null && !Array.isArray(sent) ? { ...sent } : {};
};

/**
 * Holds a call back.
 *
 * @returns the body of the answer in place of the peer's: the record as it was sent, under its own id or an invented one
 */
export const holdCall = async (
  call: {
    method: HttpMethod;
    params?: Readonly<Record<string, string | number>> | undefined;
    body?: HttpBody | undefined;
  },
  invent: InventId,
): Promise<{ held: HeldCall; answer: unknown }> => {
  const params = call.params ?? {};
  const fields = fieldsOf(call.body);
  const known = params['id'] ?? params['eventId'] ?? fields['id'];
  const inventedId = call.method === 'POST' && known === undefined ? await invent() : null;
  const record = { ...fields, id: known ?? inventedId };
  return {
    held: { params, body: fieldsOf(call.body), inventedId },
    // Pipedrive wraps the record, TC2 and Google do not; each schema takes what it knows.
    answer: { ...record, success: true, data: record },
  };
};
