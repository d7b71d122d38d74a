/** What `npm start` runs where: ports, folders, and the environment that API, worker, sandbox and commands get. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'dotenv';
import type { WantedPort } from './ports.ts';

/** Everything that is given by the environment, nothing started yet. */
export interface StackSettings {
  readonly projectRoot: string;
  /** Ignored by git; all state of the stack. */
  readonly stateFolder: string;
  readonly logFolder: string;
  readonly ports: {
    readonly api: number;
    readonly postgres: number;
    readonly temporal: number;
    readonly temporalUi: number;
    readonly pipedrive: number;
    readonly tc2: number;
    readonly google: number;
  };
  /** False when DATABASE_URL names a server that is there already. */
  readonly ownPostgres: boolean;
  /** False when TEMPORAL_ADDRESS names a server that is there already. */
  readonly ownTemporal: boolean;
  /** The process's environment over `.env`. */
  readonly given: Readonly<Record<string, string>>;
}

/** A fault of the environment that a person can mend; its message is all they need. */
export class SettingsError extends Error {
  override name = 'SettingsError';
}

const defaultPorts = {
  api: ['PORT', 8000],
  postgres: ['POSTGRES_PORT', 8432],
  temporal: ['TEMPORAL_PORT', 7233],
  temporalUi: ['TEMPORAL_UI_PORT', 8233],
  pipedrive: ['SANDBOX_PIPEDRIVE_PORT', 8101],
  tc2: ['SANDBOX_TC2_PORT', 8102],
  google: ['SANDBOX_GOOGLE_PORT', 8103],
} as const;

type PortName = keyof typeof defaultPorts;

const purposes: Record<PortName, string> = {
  api: "Hermes's API",
  postgres: 'PostgreSQL',
  temporal: 'Temporal',
  temporalUi: "Temporal's Web UI",
  pipedrive: 'the sandbox of Pipedrive',
  tc2: 'the sandbox of TutorCruncher',
  google: "the sandbox of Google's calendar",
};

/** Set variables only; a blank one is as good as none. */
const present = (source: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(source).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && entry[1].trim() !== '',
    ),
  );

/** A setting that is a number of a port. */
const readPort = (given: Record<string, string>, name: PortName): number => {
  const [setting, fallback] = defaultPorts[name];
  const text = given[setting];
  if (text === undefined) return fallback;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new SettingsError(`${setting} must be a port between 1 and 65535.`);
  }
  return port;
};

/**
 * Reads the settings of the stack.
 *
 * @param env usually `process.env`; `.env` beside package.json fills what it leaves out
 * @throws SettingsError
 */
export const readStackSettings = (
  projectRoot: string,
  env: Record<string, string | undefined>,
): StackSettings => {
  const dotenvFile = path.join(projectRoot, '.env');
  const fromFile = existsSync(dotenvFile) ? parse(readFileSync(dotenvFile)) : {};
  const given = { ...present(fromFile), ...present(env) };
  const stateFolder = path.resolve(projectRoot, given['HERMES_STATE_DIR'] ?? '.hermes');
  return {
    projectRoot,
    stateFolder,
    logFolder: path.join(stateFolder, 'logs'),
    ports: {
      api: readPort(given, 'api'),
      postgres: readPort(given, 'postgres'),
      temporal: readPort(given, 'temporal'),
      temporalUi: readPort(given, 'temporalUi'),
      pipedrive: readPort(given, 'pipedrive'),
      tc2: readPort(given, 'tc2'),
      google: readPort(given, 'google'),
    },
    ownPostgres: given['DATABASE_URL'] === undefined,
    ownTemporal: given['TEMPORAL_ADDRESS'] === undefined,
    given,
  };
};

/** The ports that have to be free before anything is started. */
export const wantedPorts = (settings: StackSettings): WantedPort[] => {
  const names: PortName[] = [
    'api',
    ...(settings.ownPostgres ? (['postgres'] as const) : []),
    ...(settings.ownTemporal ? (['temporal', 'temporalUi'] as const) : []),
    'pipedrive',
    'tc2',
    'google',
  ];
  return names.map((name) => ({
    port: settings.ports[name],
    purpose: purposes[name],
    setting: defaultPorts[name][0],
  }));
};

/** What is known only after something was started or made. */
export interface StartedParts {
  readonly databaseUrl: string;
  readonly serviceAccount: {
    readonly clientEmail: string;
    readonly clientId: string;
    readonly projectId: string;
    readonly privateKeyId: string;
    readonly privateKey: string;
  };
}

/** Settings of the demonstration: they open nothing but the sandbox on this machine. */
const demonstration = {
  PD_API_KEY: 'pd-sandbox-key',
  TC2_API_KEY: 'tc2-sandbox-key',
  SIGNING_KEY: 'sandbox-signing-key',
  PD_WEBHOOK_USERNAME: 'hermes',
  PD_WEBHOOK_PASSWORD: 'sandbox-webhook-password',
};

/** What the stack sets for its processes; what the environment or `.env` says wins. */
export const stackEnvironment = (settings: StackSettings, parts: StartedParts): Record<string, string> => {
  const { ports, given, stateFolder } = settings;
  const local = (port: number): string => `http://127.0.0.1:${port}`;
  const defaults: Record<string, string> = {
    ...demonstration,
    DATABASE_URL: parts.databaseUrl,
    // Whoever knows the demonstration's keys is in: they must not be of use from another machine.
    HOST: '127.0.0.1',
    PORT: String(ports.api),
    BASE_URL: `http://localhost:${ports.api}`,
    TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}`,
    PD_BASE_URL: local(ports.pipedrive),
    TC2_BASE_URL: local(ports.tc2),
    G_TOKEN_URI: `${local(ports.google)}/token`,
    G_CALENDAR_BASE_URL: `${local(ports.google)}/calendar/v3`,
    G_CLIENT_EMAIL: parts.serviceAccount.clientEmail,
    G_CLIENT_ID: parts.serviceAccount.clientId,
    G_PROJECT_ID: parts.serviceAccount.projectId,
    G_PRIVATE_KEY_ID: parts.serviceAccount.privateKeyId,
    G_PRIVATE_KEY: parts.serviceAccount.privateKey,
    SANDBOX_PIPEDRIVE_PORT: String(ports.pipedrive),
    SANDBOX_TC2_PORT: String(ports.tc2),
    SANDBOX_GOOGLE_PORT: String(ports.google),
    SANDBOX_STATE_DIR: path.join(stateFolder, 'sandbox'),
    ...(settings.ownTemporal ? { TEMPORAL_UI_URL: `http://localhost:${ports.temporalUi}` } : {}),
  };
  return { ...defaults, ...Object.fromEntries(Object.entries(given).filter(([name]) => name in defaults)) };
};
