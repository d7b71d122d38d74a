/**
 * The log: one JSON line per event on stderr or stdout, no personal data, no secrets.
 *
 * Lines are written several at a time, at least ten times a second, and all that are left when the process exits: a write per line
 * would be a good part of what a webhook costs.
 *
 * Lines speak of subjects by id. Redaction is the second line of defence, for what a library or an error object carries along.
 */
import { pino, type DestinationStream, type Logger, type LoggerOptions as LoggerOptionsOfPino } from 'pino';
import { reportingHook, type ErrorReports } from './errorReports.ts';

export type { Logger } from 'pino';

const secretPaths = [
  'authorization',
  'headers.authorization',
  'headers["x-api-token"]',
  'headers.cookie',
  'headers["webhook-signature"]',
  'req.headers',
  'err.config',
  'err.request',
  'err.response',
  'err.parameters',
  'err.bindings',
  'err.detail',
  'err.where',
  'err.internalQuery',
  'password',
  'token',
  'apiKey',
  'privateKey',
];

export interface LoggerOptions {
  level: string;
  /** Readable lines for a terminal instead of JSON. */
  pretty?: boolean;
  /** Name of the process, on every line. */
  process: string;
  /** Where lines go; stdout when left out. Commands whose stdout is their result log to stderr. */
  destination?: DestinationStream;
  /** Told of every line of level error and worse that carries an error. */
  report?: ErrorReports['report'];
}

const reporting = (report: ErrorReports['report']): NonNullable<LoggerOptionsOfPino['hooks']> => {
  const hook = reportingHook(report);
  return {
    logMethod(line, method, level) {
      hook(line, level);
      method.apply(this, line);
    },
  };
};

/** Makes the log of a process. */
export const createLogger = (options: LoggerOptions): Logger => {
  const settings = {
    level: options.level,
    base: { process: options.process },
    redact: { paths: secretPaths, censor: '[redacted]' },
    formatters: { level: (label: string) => ({ level: label }) },
    ...(options.report === undefined ? {} : { hooks: reporting(options.report) }),
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
  };
  if (options.destination !== undefined) return pino(settings, options.destination);
  if (options.pretty === true) {
    return pino({
      ...settings,
      formatters: {},
      transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname,process', singleLine: true } },
    });
  }
  return pino(settings, pino.destination({ dest: 1, sync: false, minLength: 4096, periodicFlush: 100 }));
};
