import type { Context } from 'koa';

/**
 * A header that decides about access; empty when it is absent.
 *
 * One that was sent twice counts as absent: Node keeps the first, others keep the last, and an attacker may know which proxy does what.
 */
export const singleHeader = (context: Context, name: string): string => {
  const values = context.req.headersDistinct[name] ?? [];
  return values.length === 1 ? (values[0] ?? '') : '';
};
