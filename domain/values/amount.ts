/** One number: thousands may be set off by commas, and signs or words of a currency may stand around it. */
const oneAmount = /^[^\d.,-]*(-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)[^\d]*$/;

/**
 * The amount that a value names.
 *
 * @returns undefined for none, and for more than one: "5 to 10" is neither of them
 */
export const amountOf = (value: unknown): number | undefined => {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const digits = oneAmount.exec(value.trim())?.[1]?.replaceAll(',', '');
  return digits === undefined ? undefined : amountOf(Number(digits));
};
