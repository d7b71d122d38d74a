/** The schema of the Compose specification, from the Go module that Compose itself reads files with. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const module = 'github.com/compose-spec/compose-go/v2@v2.16.2';
const sum = 'h1:pTp1DqQwJzFd85GzlWsSszKA1ABrV/ySqsClujIcWA8=';

/** @returns null on a machine without Go @throws when the module cannot be had, or is not the one that was pinned */
export const composeSchema = (): object | null => {
  const { stdout, stderr, error } = spawnSync('go', ['mod', 'download', '-json', module], {
    cwd: tmpdir(),
    encoding: 'utf8',
  });
  if (error !== undefined) return null;
  const { Dir: folder, Sum: found } = JSON.parse(stdout || '{}') as { Dir?: string; Sum?: string };
  if (folder === undefined || found !== sum) {
    throw new Error(
      `${module} cannot be had: ${found === undefined ? stdout || stderr : `its sum is ${found}`}`,
    );
  }
  return JSON.parse(readFileSync(path.join(folder, 'schema/compose-spec.json'), 'utf8')) as object;
};
