/**
 * A peer's state in a file, so that a demonstration that is stopped and started again finds the peers as it left them.
 *
 * The format is V8's own (structured clone), which keeps maps and dates. A file that cannot be read is as good as none.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deserialize, serialize } from 'node:v8';

/** Raised when a peer's state changes its shape: older files are then left alone. */
const version = 1;

export interface Kept<T> {
  snapshot: () => T;
  restore: (snapshot: T) => void;
}

export interface StateFile {
  /** Writes the state when it differs from what was written last. */
  save: () => Promise<void>;
}

const read = async (file: string): Promise<unknown> => {
  try {
    const content = deserialize(await readFile(file)) as { version?: unknown; state?: unknown };
    return content.version === version ? content.state : undefined;
  } catch {
    return undefined;
  }
};

/** Restores what the file holds; true when there was something. */
export const openStateFile = async <T>(
  file: string,
  peer: Kept<T>,
): Promise<StateFile & { restored: boolean }> => {
  const state = await read(file);
  if (state !== undefined) peer.restore(state as T);
  const bytes = (): Buffer => serialize({ version, state: peer.snapshot() });
  let written = bytes();
  const save = async (): Promise<void> => {
    const now = bytes();
    if (now.equals(written)) return;
    await mkdir(path.dirname(file), { recursive: true });
    const draft = `${file}.${process.pid}`;
    await writeFile(draft, now, { mode: 0o600 });
    await rename(draft, file);
    written = now;
  };
  return { save, restored: state !== undefined };
};
