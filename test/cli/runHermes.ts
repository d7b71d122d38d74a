import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { commands } from '../../cli/commands/index.ts';
import { hermes } from '../../cli/hermes.ts';

export interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command line of `hermes` in this process. */
export const runHermes = async (
  words: readonly string[],
  settings: Readonly<Record<string, string>> = {},
  stdin = '',
): Promise<Run> => {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const [out, err] = [text(stdout), text(stderr)];
  const code = await hermes(commands, words, settings, { stdin: Readable.from([stdin]), stdout, stderr });
  stdout.end();
  stderr.end();
  return { code, stdout: await out, stderr: await err };
};
