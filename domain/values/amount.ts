/** One number: thousands may be set off by commas, and signs or words of a currency may stand around it. */
const oneAmount = /^[^\d.,-]*(-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)([^\d]*)$/;

/** Words and signs behind a number that make another amount of it. */
const multiple = /^\s*(?:%|(?:k|m|mn|bn|thousand|million|billion)\b)/i;

/**
 * The amount that a value names.
 *
 * @returns undefined for none, for more than one ("5 to 10" is neither of them), and for one in words ("10k" is not 10)
 */
export const amountOf = (value: unknown): number | undefined => {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const [, number, rest = ''] = oneAmount.exec(value.trim()) ?? [];
  if (number === undefined || multiple.test(rest)) return undefined;
  return amountOf(Number(number.replaceAll(',', '')));
};
