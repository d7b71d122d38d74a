/** Downloads the Temporal CLI the way the SDK does: ask temporal.download for the archive's address, fetch, unpack. */
import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';

/** Where the network is closed this has to show within seconds. */
const answerTimeoutMs = 4000;
const stallTimeoutMs = 20_000;

const answerSchema = z.object({ archiveUrl: z.url({ protocol: /^https$/ }), fileToExtract: z.string() });

const platforms: Record<string, string> = { linux: 'linux', darwin: 'darwin', win32: 'windows' };
const architectures: Record<string, string> = { x64: 'amd64', arm64: 'arm64' };

/** Node's "fetch failed" hides the reason in its cause. */
const reasonOf = (error: unknown): Error => {
  if (!(error instanceof Error)) return new Error(String(error));
  if (error.name === 'TimeoutError') return new Error(`no answer within ${answerTimeoutMs / 1000} s`);
  return error.cause instanceof Error ? new Error(error.cause.message, { cause: error }) : error;
};

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(0)} MB`;

export interface DownloadOptions {
  readonly version: string;
  /** The file to make; it appears whole or not at all. */
  readonly target: string;
  readonly say: (line: string) => void;
  /** Throws when the program does not run. */
  readonly verify: (file: string) => void;
}

/**
 * @throws Error with the reason in a few words
 */
export const downloadTemporal = async (options: DownloadOptions): Promise<void> => {
  const { version, target, say, verify } = options;
  const platform = platforms[process.platform];
  const arch = architectures[process.arch];
  if (platform === undefined || arch === undefined) {
    throw new Error(`there is none for ${process.platform} on ${process.arch}`);
  }

  const started = performance.now();
  const question = `https://temporal.download/cli/v${version}?platform=${platform}&arch=${arch}`;
  say(`Downloading Temporal ${version} from temporal.download ...`);
  let body: Response;
  let fileToExtract: string;
  const abort = new AbortController();
  let watchdog = setTimeout(() => abort.abort(new Error('no answer')), answerTimeoutMs);
  try {
    const answer = await fetch(question, { signal: AbortSignal.timeout(answerTimeoutMs) });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const parsed = answerSchema.parse(await answer.json());
    ({ fileToExtract } = parsed);
    body = await fetch(parsed.archiveUrl, { signal: abort.signal });
    if (!body.ok || body.body === null) throw new Error(`HTTP ${body.status}`);
  } catch (error) {
    clearTimeout(watchdog);
    throw reasonOf(error);
  }

  const folder = `${target}.download-${process.pid}`;
  mkdirSync(folder, { recursive: true });
  try {
    let received = 0;
    let said = 0;
    const count = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        received += chunk.length;
        clearTimeout(watchdog);
        watchdog = setTimeout(() => abort.abort(new Error('the connection stalled')), stallTimeoutMs);
        if (received - said > 20_000_000) {
          said = received;
          say(`  ${megabytes(received)} ...`);
        }
        done(null, chunk);
      },
    });
    const archive = path.join(folder, 'archive');
    await pipeline(Readable.fromWeb(body.body as never), count, createWriteStream(archive));
    // bsdtar, which is what Windows and macOS have, reads zip archives too.
    const { status, stderr } = spawnSync('tar', ['-xf', archive, '-C', folder, fileToExtract], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`the archive could not be unpacked: ${stderr}`);
    const file = path.join(folder, fileToExtract);
    verify(file);
    renameSync(file, target);
  } catch (error) {
    throw reasonOf(error);
  } finally {
    clearTimeout(watchdog);
    rmSync(folder, { recursive: true, force: true });
  }
  say(`Temporal ${version} downloaded in ${((performance.now() - started) / 1000).toFixed(0)} s.`);
};
