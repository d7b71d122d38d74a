/** A fault of the configuration file: where it is, what is wrong, what stands there. */
export interface Fault {
  /** Undefined for what the database says and the file does not. */
  line: number | undefined;
  /** Such as `admins[0].timezone`; empty for the document as a whole. */
  path: string;
  message: string;
  /** What stands there, as the file spells it; undefined where nothing stands or where it may be a secret. */
  value?: string;
}

export type Path = readonly (string | number)[];

/** `admins[0].timezone`. */
export const pathText = (path: Path): string =>
  path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      if (!/^\w+$/.test(part)) return `[${JSON.stringify(part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join('');

const mayBeSecret = /secret|passw|token|credential|api_?key|private_?key|signing/i;
const shown = 60;

/** A value for an operator's eyes: cut, one line, and hidden where its key speaks of a secret. */
export const shownValue = (path: Path, value: unknown): string | undefined => {
  if (value === undefined) return undefined;
  if (path.some((part) => mayBeSecret.test(String(part)))) return undefined;
  if (Array.isArray(value)) return value.length === 0 ? '[]' : 'a list';
  if (typeof value === 'object' && value !== null)
    return Object.keys(value).length === 0 ? '{}' : 'a mapping';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > shown ? `${text.slice(0, shown)}…` : text;
};

/** One line per fault. */
export const faultText = (fault: Fault): string => {
  const place = [fault.line === undefined ? '' : `line ${fault.line}`, fault.path].filter(
    (part) => part !== '',
  );
  const message = `${fault.message}${fault.value === undefined ? '' : ` (it is ${fault.value})`}`;
  return [place.join(', '), message].filter((part) => part !== '').join(': ');
};

/** In the order of the file, each once. */
export const inFileOrder = (faults: readonly Fault[]): Fault[] => {
  const unique = new Map(faults.map((fault) => [`${fault.path}\n${fault.message}`, fault]));
  return [...unique.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
};
