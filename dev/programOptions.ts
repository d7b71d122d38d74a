/** The options of a program for development: its help, and a sentence instead of a stack for what it does not know. */
import { parseArgs, type ParseArgsConfig } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;

/** `--help` is every program's. */
const helpOption = { help: { type: 'boolean', default: false } } as const;

type Values<T extends Options> = ReturnType<typeof parseArgs<{ options: T & typeof helpOption }>>['values'];

export type ReadOptions<T extends Options> =
  | { kind: 'run'; values: Values<T> }
  /** The program ends with the code; 0 shows its help, 2 says what is wrong. */
  | { kind: 'end'; code: 0 | 2; text: string };

/** @param words what follows the program's name */
export const readOptions = <T extends Options>(
  words: readonly string[],
  options: T,
  help: string,
): ReadOptions<T> => {
  try {
    const { values } = parseArgs({ args: [...words], options: { ...options, ...helpOption } });
    const asked = values as Values<T> & { help?: boolean };
    return asked.help === true ? { kind: 'end', code: 0, text: help } : { kind: 'run', values: asked };
  } catch (error) {
    const [sentence] = (error instanceof Error ? error.message : String(error)).split(/\.\s/);
    return { kind: 'end', code: 2, text: `${sentence ?? ''}: --help lists the options.\n` };
  }
};

const end = (code: 0 | 2, text: string): never => {
  (code === 0 ? process.stdout : process.stderr).write(text);
  return process.exit(code);
};

/** The same for a program's own words; ends the process where there is nothing to run. */
export const optionsOrExit = <T extends Options>(
  options: T,
  help: string,
  words: readonly string[] = process.argv.slice(2),
): Values<T> => {
  const read = readOptions(words, options, help);
  return read.kind === 'run' ? read.values : end(read.code, read.text);
};

/** @returns null when the text is no whole number from `min` to `max` */
export const wholeNumber = (text: string, min: number, max: number): number | null => {
  const value = Number(text);
  return /^\d+$/.test(text) && value >= min && value <= max ? value : null;
};

/** The same for the value of an option; ends the process with a sentence when it is none. */
export const wholeOrExit = (text: string, option: string, max: number, min = 1): number =>
  wholeNumber(text, min, max) ??
  end(2, `--${option} must be a whole number from ${min} to ${max}: --help lists the options.\n`);
