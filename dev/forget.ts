/** `npm start -- --fresh`: the state of earlier starts goes, what took minutes to get stays. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { removeFallbackData } from './postgresBinaries.ts';
import type { StackSettings } from './settings.ts';

/** Deletes everything in the state folder but `bin`, which holds the Temporal program. */
export const forgetState = ({ stateFolder, projectRoot }: StackSettings): void => {
  mkdirSync(stateFolder, { recursive: true });
  for (const name of readdirSync(stateFolder)) {
    if (name !== 'bin') rmSync(path.join(stateFolder, name), { recursive: true, force: true });
  }
  removeFallbackData(projectRoot);
};
