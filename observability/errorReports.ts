/**
 * Reports what nobody expected to Sentry, when SENTRY_DSN is set. Sentry's code is loaded only then.
 *
 * What is reported are the log's lines of level error and worse that carry an error. A report holds the error's class and code, its stack
 * as places in the code, the log's own sentence, and ids. An error's message is left out, because a library may have put anybody's data
 * into it; it stands in the log, which the request id leads to.
 */

/** One line of the log that carries an error. */
export interface ErrorLine {
  error: Error;
  /** The sentence of the log, which is the same for all lines of its kind. */
  sentence: string;
  fatal: boolean;
  fields: Readonly<Record<string, unknown>>;
}

export interface ErrorReports {
  readonly report: (line: ErrorLine) => void;
  /** Sends what is left; never throws, and waits for two seconds at most. */
  readonly flush: () => Promise<void>;
}

const none: ErrorReports = { report: () => undefined, flush: () => Promise.resolve() };

/**
 * @param dsn SENTRY_DSN; without it nothing is reported
 * @param process name of the process
 */
export const startErrorReports = async (dsn: string | undefined, process: string): Promise<ErrorReports> => {
  if (dsn === undefined) return none;
  const { createSentryReports } = await import('./sentry.ts');
  return createSentryReports(dsn, process);
};

/** Codes of a peer or a database that cannot be reached: no bug of ours. Health, metrics and alerts tell of them. */
const outage =
  /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_|08|57P0|53300|25006)/;

/** Whether an error is one of those that happen where nothing is wrong with the program. */
export const isExpected = (error: Error): boolean => {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && outage.test(code);
};

/** The part of a pino that hands errors on. */
export const reportingHook =
  (report: ErrorReports['report']) =>
  (line: readonly unknown[], level: number): void => {
    const [fields, sentence] = line;
    if (level < 50 || typeof fields !== 'object' || fields === null) return;
    const { err: error, ...rest } = fields as { err?: unknown };
    if (!(error instanceof Error) || isExpected(error)) return;
    report({
      error,
      sentence: typeof sentence === 'string' ? sentence : '',
      fatal: level >= 60,
      fields: rest,
    });
  };
