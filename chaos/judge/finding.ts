/** Something that must not be. */
export interface Finding {
  kind: 'lost' | 'doubled' | 'different';
  text: string;
}

export const lost = (text: string): Finding => ({ kind: 'lost', text });
export const doubled = (text: string): Finding => ({ kind: 'doubled', text });
export const different = (text: string): Finding => ({ kind: 'different', text });

/** Groups of more than one. */
export const repeated = <T>(items: readonly T[], keyOf: (item: T) => string | null): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key !== null) groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return new Map([...groups].filter(([, group]) => group.length > 1));
};
