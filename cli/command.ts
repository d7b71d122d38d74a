/** What a command of `hermes` is, and the two ways in which it may end badly on purpose. */
import type { Readable, Writable } from 'node:stream';

export interface CommandOption {
  type: 'boolean' | 'string';
  short?: string;
  /** One line of the command's help. */
  summary: string;
}

/** Where a command reads and writes: results to stdout, everything else to stderr. */
export interface Streams {
  stdin: Readable;
  stdout: Writable;
  stderr: Writable;
}

export interface Invocation extends Streams {
  /** By name, as many as the command declares. */
  positionals: Readonly<Record<string, string>>;
  /** What follows them, where the command declares `rest`. */
  rest: readonly string[];
  options: Readonly<Record<string, string | boolean | undefined>>;
  /** Name to text, usually `process.env` after `.env` was read. */
  settings: Readonly<Record<string, string | undefined>>;
}

export interface Command {
  /** One or two words, such as `config apply`. */
  name: string;
  summary: string;
  /** What `--help` says below the summary. */
  details?: string;
  /** Names of the arguments, all of them required, as they are shown in the usage. */
  positionals?: readonly string[];
  /** Name of further arguments, any number of them. */
  rest?: string;
  options?: Readonly<Record<string, CommandOption>>;
  run: (invocation: Invocation) => Promise<void>;
}

/** Something that the operator can put right: its message is shown as it is, and the command ends with 1. */
export class CommandError extends Error {
  override name = 'CommandError';
}

/** The command line itself cannot be understood: ends with 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}
