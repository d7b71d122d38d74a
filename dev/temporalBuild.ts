/**
 * Builds programs of Temporal from Go modules: the CLI with the dev server and its Web UI, the way that is left where
 * temporal.download is blocked but a Go module proxy is not, and the real server, which is released as an image only.
 *
 * `go install` refuses the module because of its replace directive, so a module of our own (dev/temporal/go.mod) requires
 * it and repeats the directive; its go.sum pins every dependency.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** What is built from which package, and how it is told its version. */
export interface GoProgram {
  readonly title: string;
  readonly packagePath: string;
  readonly versionVariable?: string;
}

const cli: GoProgram = {
  title: 'Temporal',
  packagePath: 'github.com/temporalio/cli/cmd/temporal',
  versionVariable: 'github.com/temporalio/cli/internal/temporalcli.Version',
};

/**
 * Clients of clouds and clusters, linked into the programs and idle in everything that Hermes does with them: a quarter of the build.
 * Without inlining they compile in two thirds of the time.
 */
const idlePackages = [
  'cloud.google.com/go',
  'github.com/aws',
  'github.com/envoyproxy',
  'github.com/olivere',
  'k8s.io',
];

/**
 * The compiler's processes are short-lived: without collecting garbage below the limit they take a tenth less processor time. What
 * somebody set themselves stays.
 */
const compilerRuntime = { GOGC: 'off', GOMEMLIMIT: '1GiB' };

const progressMs = 10_000;

/** Whether Go is installed. */
export const hasGo = (env: NodeJS.ProcessEnv): boolean =>
  spawnSync('go', ['version'], { env, stdio: 'ignore' }).status === 0;

export interface BuildOptions {
  readonly version: string;
  /** The file to make; it appears whole or not at all, so that two builds at once do no harm. */
  readonly target: string;
  readonly projectRoot: string;
  readonly env: NodeJS.ProcessEnv;
  readonly say: (line: string) => void;
  /** Throws when the program does not run. */
  readonly verify: (file: string) => void;
}

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(0)} s`;

/** Runs go and counts what it says: a line per module it downloads and per package it compiles (-v). */
const runGo = (args: readonly string[], cwd: string, options: BuildOptions, started: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const { say, env } = options;
    const go = spawn('go', args, {
      cwd,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...compilerRuntime,
        ...env,
        CGO_ENABLED: '0',
        GOFLAGS: `${env['GOFLAGS'] ?? ''} -mod=mod`.trim(),
        GOWORK: 'off',
      },
    });
    let downloaded = 0;
    let compiled = 0;
    const last: string[] = [];
    createInterface({ input: go.stderr }).on('line', (line) => {
      if (line.startsWith('go: downloading')) downloaded += 1;
      else if (/^[\w.\-/]+$/.test(line)) compiled += 1;
      else last.push(line);
    });
    const progress = setInterval(() => {
      say(`  ${seconds(started)}: ${downloaded} modules downloaded, ${compiled} packages compiled ...`);
    }, progressMs);
    const interrupt = (signal: NodeJS.Signals): void => {
      go.kill(signal);
    };
    process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
    const finish = (error?: Error): void => {
      clearInterval(progress);
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
      if (error === undefined) resolve();
      else reject(error);
    };
    go.once('error', finish);
    go.once('close', (code, signal) => {
      finish(
        code === 0
          ? undefined
          : new Error(
              `go ${args[0]} ended with ${signal ?? `exit code ${code}`}: ${last.slice(-5).join(' | ')}`,
            ),
      );
    });
  });

/**
 * @param program one that dev/temporal/go.mod names as a tool; the CLI unless told otherwise
 * @throws Error with the reason
 */
export const buildTemporal = async (options: BuildOptions, program: GoProgram = cli): Promise<void> => {
  const { version, target, projectRoot, say, verify } = options;
  const started = performance.now();
  say(
    `Building ${program.title} ${version} with Go. This happens once and takes 3 to 5 minutes on two cores.`,
  );
  const folder = `${target}.build-${process.pid}`;
  mkdirSync(folder, { recursive: true });
  try {
    for (const file of ['go.mod', 'go.sum']) {
      cpSync(path.join(projectRoot, 'dev', 'temporal', file), path.join(folder, file));
    }
    const built = path.join(folder, path.basename(target));
    const { packagePath, versionVariable } = program;
    const flags = versionVariable === undefined ? '-s -w' : `-s -w -X ${versionVariable}=${version}`;
    // The linker leaves out what a debugger needs (-w), so the compiler need not write it. Of several flags the last that matches counts.
    const compilerFlags = [
      '-gcflags=all=-dwarf=false',
      ...idlePackages.map((name) => `-gcflags=${name}/...=-dwarf=false -l`),
    ];
    await runGo(
      ['build', '-v', '-trimpath', ...compilerFlags, `-ldflags=${flags}`, '-o', built, packagePath],
      folder,
      options,
      started,
    );
    verify(built);
    renameSync(built, target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  say(`${program.title} ${version} built in ${seconds(started)}.`);
};
