/**
 * `npm start [-- --fresh]`: the whole of Hermes on this machine, in front of the sandbox.
 *
 * Says what it does, prints where things are, and stays until it is stopped. One clear sentence and exit code 1 when
 * something is in the way or breaks; Ctrl-C and SIGTERM stop everything in order, exit code 0.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { endProcess, npmWatch, record, stillRuns } from './leftovers.ts';
import { portConflicts } from './ports.ts';
import { forgetState } from './forget.ts';
import { readStackSettings, SettingsError, wantedPorts, type StackSettings } from './settings.ts';
import { startStack, type RunningStack } from './stack.ts';
import { readStackFile, removeStackFile, writeStackFile, type StackFile } from './stackFile.ts';
import { createSupervisor, describeExit, lastLines, type Crash, type Supervisor } from './supervisor.ts';
import { obtainTemporal } from './temporalBinary.ts';

const usage = `npm start [-- --fresh]

Starts PostgreSQL, Temporal with its Web UI, the sandboxes of Pipedrive, TutorCruncher and Google, Hermes's API and worker.

  --fresh   forget the state of earlier starts: database, runs, sandbox, logs
  --help    this text

Settings come from the environment or .env. Ports: PORT (8000), POSTGRES_PORT (8432), TEMPORAL_PORT (7233), TEMPORAL_UI_PORT
(8233), SANDBOX_PIPEDRIVE_PORT (8101), SANDBOX_TC2_PORT (8102), SANDBOX_GOOGLE_PORT (8103). DATABASE_URL and
TEMPORAL_ADDRESS take servers that are there already. HERMES_STATE_DIR (.hermes) holds the state.`;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const complain = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Ends what a start that was killed together with its watchdog left behind. */
const endLeftovers = async (previous: StackFile): Promise<void> => {
  const left = previous.children.filter(stillRuns);
  if (left.length === 0) return;
  say(`Ending ${left.length} process(es) that an earlier start left behind ...`);
  for (const { pid } of left.toReversed()) await endProcess(pid, 'SIGTERM', 5000);
};

const table = ({ addresses, login }: RunningStack, settings: StackSettings): string => {
  const rows: [string, string][] = [
    ['API', addresses.api],
    ['Admin pages', `${addresses.api}/admin`],
    ...(login === undefined
      ? []
      : ([['  log in as', `${login.email}  ${login.password}`]] as [string, string][])),
    ...(addresses.temporalUi === undefined
      ? []
      : ([['Temporal Web UI', addresses.temporalUi]] as [string, string][])),
    ['Sandbox Pipedrive', addresses.pipedrive],
    ['Sandbox TutorCruncher', addresses.tc2],
    ['Sandbox Google', addresses.google],
    ['Logs', `${path.relative(process.cwd(), settings.logFolder) || settings.logFolder}${path.sep}`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, where]) => `  ${name.padEnd(width)}  ${where}`);
  return ['', ...lines, '', '  Try it:  npm run hermes -- demo', '  Stop it: Ctrl-C', ''].join('\n');
};

const crashSentence = ({ child, exit }: Crash): string => {
  const tail = lastLines(child.logFile, 5).map((line) => `  ${line.slice(0, 300)}`);
  return [
    `The process "${child.name}" ended unexpectedly (${describeExit(exit)}), see ${child.logFile}.`,
    ...tail,
  ].join('\n');
};

/** Resolves when a person or the system wants the stack to stop. */
const stopRequest = (supervisor: Supervisor): { requested: Promise<string>; ignore: () => void } => {
  let request: (reason: string) => void = () => undefined;
  const requested = new Promise<string>((resolve) => {
    request = resolve;
  });
  let first: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    const now = performance.now();
    if (first === undefined) {
      first = now;
      request(signal);
    } else if (now - first > 1500) {
      // The terminal and npm deliver one Ctrl-C twice; this is another one: a person in a hurry.
      supervisor.kill();
      process.exit(130);
    }
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);

  const npmIsGone = npmWatch(process.env);
  const watch =
    npmIsGone === undefined
      ? undefined
      : setInterval(() => {
          if (npmIsGone()) request('npm has gone');
        }, 500).unref();
  return {
    requested,
    ignore: () => {
      clearInterval(watch);
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
};

/** Starts the stack and stays until it is to stop. The signal handlers are in place. */
const runStack = async (
  settings: StackSettings,
  supervisor: Supervisor,
  stop: Promise<string>,
): Promise<number> => {
  const self = record(process.pid);
  const startedAt = new Date().toISOString();
  const remember = (running?: RunningStack): void => {
    if (self === undefined) return;
    const children = supervisor
      .children()
      .flatMap((child) => (child.running() && child.pid !== undefined ? [record(child.pid)] : []))
      .filter((process_) => process_ !== undefined);
    writeStackFile(settings.stateFolder, {
      supervisor: self,
      children,
      startedAt,
      ...(running === undefined ? {} : { addresses: running.addresses, environment: running.environment }),
    });
  };

  const start = async (): Promise<void> => {
    const binary = settings.ownTemporal
      ? await obtainTemporal({ projectRoot: settings.projectRoot, env: settings.given, say })
      : undefined;
    say('Starting ...');
    const running = await startStack({
      settings,
      supervisor,
      temporalBinary: binary?.file,
      say,
      onChild: () => remember(),
    });
    remember(running);
    say(table(running, settings));
  };

  const ending = await Promise.race([
    start().then(
      () => undefined,
      (error: unknown) => ({ failed: messageOf(error) }),
    ),
    supervisor.crash.then((crash) => ({ failed: crashSentence(crash) })),
    stop.then((reason) => ({ stopped: reason })),
  ]);
  // It is up: from here on only a crash or a wish to stop ends it.
  const final =
    ending ??
    (await Promise.race([
      supervisor.crash.then((crash) => ({ failed: crashSentence(crash) })),
      stop.then((reason) => ({ stopped: reason })),
    ]));

  if ('failed' in final) complain(final.failed);
  else say(`\nStopping (${final.stopped}) ...`);
  await supervisor.stop();
  removeStackFile(settings.stateFolder);
  say('Stopped.');
  return 'failed' in final ? 1 : 0;
};

const prepare = async (settings: StackSettings, fresh: boolean): Promise<boolean> => {
  const previous = readStackFile(settings.stateFolder);
  if (previous !== undefined && stillRuns(previous.supervisor)) {
    complain(`Hermes is running here already (process ${previous.supervisor.pid}): stop it first.`);
    return false;
  }
  if (previous !== undefined) await endLeftovers(previous);
  const conflicts = await portConflicts(wantedPorts(settings));
  if (conflicts.length > 0) {
    for (const conflict of conflicts) complain(conflict);
    return false;
  }
  if (fresh) forgetState(settings);
  return true;
};

/**
 * @param args the words after `npm start --`
 * @returns the exit code
 */
export const main = async (args: readonly string[]): Promise<number> => {
  if (args.includes('--help') || args.includes('-h')) {
    say(usage);
    return 0;
  }
  const unknown = args.find((arg) => arg !== '--fresh');
  if (unknown !== undefined) {
    complain(`npm start does not know "${unknown}".\n\n${usage}`);
    return 2;
  }
  // A terminal or a pipe that is closed must not end the stack halfway: its end is a signal's or a crash's business.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  try {
    const settings = readStackSettings(fileURLToPath(new URL('..', import.meta.url)), process.env);
    if (!(await prepare(settings, args.includes('--fresh')))) return 1;
    const supervisor = createSupervisor({ logFolder: settings.logFolder });
    const { requested, ignore } = stopRequest(supervisor);
    try {
      return await runStack(settings, supervisor, requested);
    } finally {
      ignore();
    }
  } catch (error) {
    complain(error instanceof SettingsError ? error.message : `npm start failed: ${messageOf(error)}`);
    return 1;
  }
};
