/** The real Temporal server and its SQL tool: built from Go modules once, kept in `.hermes/bin` beside the CLI. */
import { existsSync, mkdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { obtainTemporal } from '../dev/temporalBinary.ts';
import { buildTemporal, hasGo, type GoProgram } from '../dev/temporalBuild.ts';

/** The one that dev/temporal/go.mod requires; the images in docker-compose.yml have it too. */
const temporalServerVersion = '1.31.2';

export interface TemporalPrograms {
  server: string;
  sqlTool: string;
  cli: string;
}

const programs: Record<'server' | 'sqlTool', GoProgram & { name: string }> = {
  server: {
    name: 'temporal-server',
    title: 'the Temporal server',
    packagePath: 'go.temporal.io/server/cmd/server',
  },
  sqlTool: {
    name: 'temporal-sql-tool',
    title: "Temporal's SQL tool",
    packagePath: 'go.temporal.io/server/cmd/tools/sql',
  },
};

const verify = (file: string): void => {
  if (spawnSync(file, ['--help'], { stdio: 'ignore', timeout: 20_000 }).status !== 0) {
    throw new Error(`${file} does not run on this machine`);
  }
};

/**
 * Finds them, or builds them.
 *
 * @throws Error where Go is needed and missing, or the build fails
 */
export const obtainTemporalPrograms = async (options: {
  projectRoot: string;
  env: NodeJS.ProcessEnv;
  say: (line: string) => void;
}): Promise<TemporalPrograms> => {
  const folder = path.join(options.projectRoot, '.hermes', 'bin');
  mkdirSync(folder, { recursive: true });
  const obtain = async ({ name, ...program }: GoProgram & { name: string }): Promise<string> => {
    const target = path.join(folder, `${name}-${temporalServerVersion}`);
    if (existsSync(target)) return target;
    if (!hasGo(options.env)) {
      throw new Error('Go (https://go.dev/dl) is needed to build the Temporal server.');
    }
    await buildTemporal({ ...options, version: temporalServerVersion, target, verify }, program);
    return target;
  };
  const cli = await obtainTemporal(options);
  return {
    cli: cli.file,
    // One after the other: they share most of their packages.
    server: await obtain(programs.server),
    sqlTool: await obtain(programs.sqlTool),
  };
};
