/** Takes codes and field names out of a peer's answers without taking anything personal along. */

/** The value when it looks like a machine's code, else undefined: a peer may put any text where a code belongs. */
export const peerCode = (value: unknown): string | undefined =>
  typeof value === 'string' && /^[A-Za-z][\w.-]{0,63}$/.test(value) ? value : undefined;

/** The texts that look like field names, each once, at most twenty. */
export const fieldNames = (candidates: readonly unknown[]): string[] => {
  const names = candidates.filter(
    (name): name is string => typeof name === 'string' && /^[\w.[\]-]{1,100}$/.test(name),
  );
  return [...new Set(names)].slice(0, 20);
};

/** An object's property, or undefined when the value is no object. */
export const property = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
