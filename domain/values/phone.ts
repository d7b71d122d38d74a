/** Telephone numbers as people type them. */

/** Its digits alone: "+44 (1482) 960-123" is 441482960123. */
export const digitsOf = (phone: string): string => phone.replaceAll(/\D/g, '');

/** Whether it may tell one person from another: "n/a", "-" and "0" are what many people type. */
export const isTelling = (phone: string | null): boolean => phone !== null && digitsOf(phone).length > 1;
