/** The `hermes` command line: finds the command, reads its arguments, runs it, turns whatever goes wrong into a sentence. */
import { parseArgs } from 'node:util';
import { EnvironmentError } from '../environment/environment.ts';
import { CommandError, UsageError, type Command, type CommandOption, type Streams } from './command.ts';
import { databaseSentence } from './databaseSentence.ts';

const helpOption = { type: 'boolean', short: 'h', summary: 'show this help' } as const;

const columns = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('');
};

const overview = (commands: readonly Command[]): string =>
  [
    'Usage: npm run hermes -- <command> [arguments]\n\nCommands:\n',
    columns(commands.map(({ name, summary }) => [name, summary])),
    '\n`<command> --help` explains a command.\n',
  ].join('');

const helpOf = (command: Command): string => {
  const options: Record<string, CommandOption> = { ...command.options, help: helpOption };
  const rows = Object.entries(options).map(([name, option]): [string, string] => [
    `${option.short === undefined ? '    ' : `-${option.short}, `}--${name}${option.type === 'string' ? ' VALUE' : ''}`,
    option.summary,
  ]);
  const rest = command.rest === undefined ? [] : [`[${command.rest}...]`];
  const usage = [command.name, ...(command.positionals ?? []), ...rest, '[options]'].join(' ');
  const details = command.details === undefined ? '' : `\n${command.details.trim()}\n`;
  return `${command.summary}\n\nUsage: npm run hermes -- ${usage}\n${details}\nOptions:\n${columns(rows)}`;
};

const asksForHelp = (word: string): boolean => word === '--help' || word === '-h' || word === 'help';

/** The command that the first words name, and what follows it. */
const findCommand = (
  commands: readonly Command[],
  words: readonly string[],
): { command: Command; rest: readonly string[] } => {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(' ');
    const command = commands.find((candidate) => candidate.name === name);
    if (command !== undefined) return { command, rest: words.slice(length) };
  }
  const [first = '', second = ''] = words;
  const siblings = commands.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name);
  if (siblings.length === 0) {
    throw new UsageError(`There is no command "${first}": --help lists the commands.`);
  }
  const asked = second === '' || second.startsWith('-') ? first : `${first} ${second}`;
  throw new UsageError(`There is no command "${asked}", but ${siblings.join(', ')}.`);
};

const readArguments = (command: Command, words: readonly string[]) => {
  try {
    return parseArgs({
      args: [...words],
      options: { ...command.options, help: helpOption },
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split(/\.\s/)[0] : String(error);
    throw new UsageError(`${reason}: \`${command.name} --help\` lists the options.`);
  }
};

const namePositionals = (command: Command, given: readonly string[]): Record<string, string> => {
  const names = command.positionals ?? [];
  const [missing] = names.slice(given.length);
  if (missing !== undefined) {
    throw new UsageError(`${missing} is missing: \`${command.name} --help\` explains the command.`);
  }
  if (given.length > names.length && command.rest === undefined) {
    throw new UsageError(`"${given[names.length] ?? ''}" is one argument too many for ${command.name}.`);
  }
  return Object.fromEntries(names.map((name, index) => [name, given[index] ?? '']));
};

/** Faults that an operator can act upon get a sentence; anything else is ours and keeps its stack. */
const sentenceOf = (error: unknown): string => {
  if (error instanceof CommandError || error instanceof EnvironmentError) return error.message;
  const sentence = databaseSentence(error);
  if (sentence !== undefined) return sentence;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
};

/**
 * Runs one command line.
 *
 * @param words what follows `hermes`
 * @param settings name to text, usually `process.env`
 * @returns the exit code: 0 done, 1 failed, 2 not understood
 */
export const hermes = async (
  commands: readonly Command[],
  words: readonly string[],
  settings: Readonly<Record<string, string | undefined>>,
  streams: Streams,
): Promise<number> => {
  try {
    const [first] = words;
    if (first === undefined || asksForHelp(first)) {
      streams.stdout.write(overview(commands));
      return 0;
    }
    const { command, rest } = findCommand(commands, words);
    const { values, positionals } = readArguments(command, rest);
    if (values['help'] === true) {
      streams.stdout.write(helpOf(command));
      return 0;
    }
    await command.run({
      ...streams,
      settings,
      positionals: namePositionals(command, positionals),
      rest: positionals.slice(command.positionals?.length ?? 0),
      options: values,
    });
    return 0;
  } catch (error) {
    const message = error instanceof UsageError ? error.message : sentenceOf(error);
    streams.stderr.write(`${message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
};
