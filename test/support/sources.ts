import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const passedOver = new Set(['node_modules', '.git', '.hermes', 'test']);

/** The TypeScript and JavaScript of the project, without its tests: name from the root to text. */
export const projectSources = async (): Promise<Map<string, string>> => {
  const sources = new Map<string, string>();
  const read = async (folder: string): Promise<void> => {
    for (const entry of await readdir(path.join(root, folder), { withFileTypes: true })) {
      const name = path.join(folder, entry.name);
      if (entry.isDirectory() && !passedOver.has(entry.name)) await read(name);
      else if (entry.isFile() && /\.(ts|mjs)$/.test(entry.name)) {
        sources.set(name, await readFile(path.join(root, name), 'utf8'));
      }
    }
  };
  await read('.');
  return sources;
};
