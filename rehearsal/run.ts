/** Runs a program to its end without holding up the sandboxes, which live in this process. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/**
 * @returns what it wrote to stdout
 * @throws Error with what it wrote to stderr when it fails
 */
export const run = async (
  command: string,
  args: readonly string[],
  options: { cwd?: string; env: Record<string, string> },
): Promise<string> => (await execute(command, args, options)).stdout;
