/** Whose turn it is. */

/**
 * The one after the last, and round again (RR-02); the first when the last is not in the list (RR-03) or there was none.
 *
 * @param admins in order of id
 */
export const nextInTurn = <T extends { id: number }>(
  admins: readonly T[],
  lastId: number | null,
): T | undefined => {
  const last = admins.findIndex(({ id }) => id === lastId);
  return admins[last === -1 ? 0 : (last + 1) % admins.length];
};

/** The admins for a region; all of them when nobody has it (RR-12). */
export const forRegion = <T>(admins: readonly T[], sellsThere: (admin: T) => boolean): readonly T[] => {
  const regional = admins.filter(sellsThere);
  return regional.length > 0 ? regional : admins;
};
