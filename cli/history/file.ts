/** Histories of runs as files: what `temporal workflow show --output json` and the Web UI's download give. */
import { readFile, writeFile } from 'node:fs/promises';
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { temporal } from '@temporalio/proto';
import { CommandError } from '../command.ts';

export type History = temporal.api.history.v1.IHistory;

/** @throws CommandError when the file cannot be read or is no history */
export const readHistory = async (file: string): Promise<History> => {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new CommandError(`${file} cannot be read (${code}).`);
  }
  try {
    return historyFromJSON(JSON.parse(text));
  } catch {
    throw new CommandError(
      `${file} is no history: \`temporal workflow show --output json\` and the download of the Web UI give one.`,
    );
  }
};

export const writeHistory = async (file: string, history: History): Promise<void> => {
  await writeFile(file, `${JSON.stringify(JSON.parse(historyToJSON(history)), null, 2)}\n`);
};
