/** Carries what docker-compose.yml says about containers over to processes of this machine. */
import type { ComposeService } from './composeFile.ts';

/** Where things are here that have a name or a path of their own in the containers. */
export interface Machine {
  postgresPort: number;
  temporalPort: number;
  secretsFolder: string;
  /** The project's ops/temporal. */
  opsFolder: string;
}

/** A value that is still meant for a container. */
const foreign = /\b(postgres|temporal|api|worker|proxy):\d|^\/(run|ops|etc)\/|^0\.0\.0\.0/;

/** One value or argument. @throws Error when it names something that this machine has no place for */
const localise = (value: string, machine: Machine): string => {
  const here = value
    .replace('postgres:5432', `127.0.0.1:${machine.postgresPort}`)
    .replace('temporal:7233', `127.0.0.1:${machine.temporalPort}`)
    .replace(/^0\.0\.0\.0/, '127.0.0.1')
    .replace(/^\/run\/secrets/, machine.secretsFolder)
    .replace(/^\/ops/, machine.opsFolder)
    .replace(/^postgres$/, '127.0.0.1')
    .replace(/^5432$/, String(machine.postgresPort));
  if (foreign.test(here.replace(machine.opsFolder, '').replace(machine.secretsFolder, ''))) {
    throw new Error(`docker-compose.yml says ${value}, and the rehearsal does not know what that is here`);
  }
  return here;
};

/**
 * The environment of a service's process.
 *
 * @param replaced settings that differ per process here, and not per container: ports
 */
export const localEnvironment = (
  service: ComposeService,
  machine: Machine,
  replaced: Record<string, string> = {},
): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(service.environment)
      .filter(([name]) => !(name in replaced))
      .map(([name, value]) => [name, localise(value, machine)]),
  ),
  ...replaced,
});

/** Programs that a container has, by their name there, and what they are here. */
export type Programs = Record<string, readonly string[]>;

/** The command of a service, entrypoint included. */
export const localCommand = (service: ComposeService, machine: Machine, programs: Programs): string[] =>
  [...service.entrypoint, ...service.command].flatMap((part) => programs[part] ?? [localise(part, machine)]);
