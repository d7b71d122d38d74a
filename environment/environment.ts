/**
 * Every setting of Hermes, read once from the environment (or `.env`) and checked as a whole.
 *
 * `readEnvironment` gives the parsed settings or throws `EnvironmentError` that lists every fault at once. Values are never
 * part of a fault's text, because a mistyped secret is still a secret.
 */
import { z } from 'zod';
import { faultText } from '../domain/values/faultText.ts';
import { parsePayloadKeys } from '../temporal/payloadKeys.ts';

/** Without the blanks around it, which an env file may leave; nothing but blanks is absent. */
const blankIsAbsent = (value: unknown): unknown =>
  typeof value === 'string' ? value.trim() || undefined : value;

const text = () => z.preprocess(blankIsAbsent, z.string().optional());
const textOr = (fallback: string) => z.preprocess(blankIsAbsent, z.string().default(fallback));

const secrets = z.registry();
/** A setting that opens a door: no page shows its value. */
const secret = () => text().register(secrets);

const integerOr = (fallback: number, min: number, max: number) =>
  z.preprocess(blankIsAbsent, z.coerce.number().int().min(min).max(max).default(fallback));

const numberOr = (fallback: number, min: number, max: number) =>
  z.preprocess(blankIsAbsent, z.coerce.number().min(min).max(max).default(fallback));

const truthy = ['1', 'true', 'yes', 'on', 't', 'y'];
const falsy = ['0', 'false', 'no', 'off', 'f', 'n'];
const booleanOr = (fallback: boolean) =>
  z.preprocess(
    (value) => {
      const present = blankIsAbsent(value);
      if (typeof present !== 'string') return present;
      const lower = present.toLowerCase();
      if (truthy.includes(lower)) return true;
      return falsy.includes(lower) ? false : present;
    },
    z.boolean({ error: 'must be true or false' }).default(fallback),
  );

const url = () =>
  z
    .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
    .transform((value) => value.replace(/\/+$/, ''));
const urlOr = (fallback: string) => z.preprocess(blankIsAbsent, url().default(fallback));
const optionalUrl = () => z.preprocess(blankIsAbsent, url().optional());

/** A `#` would end the address: what stands behind it, such as half of a password, would be lost without a word. */
const isReadableAddress = (address: string): boolean => URL.canParse(address) && new URL(address).hash === '';

const databaseUrl = (text: z.ZodString) =>
  text
    .regex(/^postgres(ql)?:\/\//, { error: 'must start with postgresql://', abort: true })
    .refine(
      isReadableAddress,
      'is no address that can be read: in a password, characters such as # / ? @ are written %23 %2F %3F %40',
    );

const clock = (fallback: string) =>
  z.preprocess(
    blankIsAbsent,
    z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time HH:MM')
      .default(fallback),
  );

const isTimeZone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

/** Scheme, host and perhaps a port, written as browsers name the website that a page came from; null for anything else. */
const originOf = (text: string): string | null => {
  if (!URL.canParse(text.trim())) return null;
  const { href, origin } = new URL(text.trim());
  return href === `${origin}/` ? origin : null;
};

/** Python's and pino's names for the same levels. */
const logLevels: Record<string, string> = {
  critical: 'fatal',
  fatal: 'fatal',
  error: 'error',
  warning: 'warn',
  warn: 'warn',
  info: 'info',
  debug: 'debug',
  notset: 'trace',
  trace: 'trace',
  silent: 'silent',
};

const payloadKeys = () =>
  z.preprocess(
    blankIsAbsent,
    z
      .string()
      .superRefine((list, context) => {
        try {
          parsePayloadKeys(list);
        } catch (error) {
          context.addIssue({
            code: 'custom',
            message: error instanceof Error ? error.message : String(error),
          });
        }
      })
      .optional(),
  );

export const environmentSchema = z.object({
  DATABASE_URL: z.preprocess(
    blankIsAbsent,
    databaseUrl(z.string({ error: 'is required: a postgresql:// address' })),
  ),
  /** Of the user that DATABASE_URL names, where it names no password. */
  DATABASE_PASSWORD: secret(),
  /** Where workers listen for notifications: past a pooler that hands connections on after each transaction. */
  DATABASE_LISTEN_URL: z.preprocess(blankIsAbsent, databaseUrl(z.string()).optional()),
  DATABASE_POOL_MAX: integerOr(20, 2, 500),
  HOST: textOr('0.0.0.0'),
  PORT: integerOr(8000, 0, 65_535),
  LOG_LEVEL: z.preprocess(
    blankIsAbsent,
    z
      .string()
      .default('INFO')
      .transform((name, context) => {
        const level = logLevels[name.toLowerCase()];
        if (level !== undefined) return level;
        context.addIssue({ code: 'custom', message: `must be one of ${Object.keys(logLevels).join(', ')}` });
        return z.NEVER;
      }),
  ),
  LOG_PRETTY: booleanOr(false),
  BASE_URL: urlOr('http://localhost:8000'),
  CORS_ORIGINS: z.preprocess(
    blankIsAbsent,
    z
      .string()
      .default('https://tutorcruncher.com,https://new.tutorcruncher.com')
      .transform((list, context) => {
        const origins = list
          .split(',')
          .filter((text) => text.trim() !== '')
          .map(originOf);
        if (origins.every((origin) => origin !== null)) return origins;
        context.addIssue({
          code: 'custom',
          message: 'must be origins such as https://tutorcruncher.com, comma separated',
        });
        return z.NEVER;
      }),
  ),
  /** How many proxies of ours stand before the API; true is one. Their addresses are not the visitor's. */
  TRUST_PROXY: z.preprocess(
    (value) => {
      const present = blankIsAbsent(value);
      if (typeof present !== 'string') return present;
      const lower = present.toLowerCase();
      if (truthy.includes(lower)) return 1;
      return falsy.includes(lower) ? 0 : Number(lower);
    },
    z.number({ error: 'must be true, false, or the number of proxies' }).int().min(0).max(10).default(0),
  ),

  SIGNING_KEY: secret(),
  CALLBOOKER_BASE_URL: urlOr('https://tutorcruncher.com/book-a-call'),
  SUPPORT_TTL_DAYS: numberOr(4, 0, 3650),
  LEGACY_SUPPORT_LINKS: booleanOr(true),
  MEETING_DUR_MINS: integerOr(30, 1, 24 * 60),
  MEETING_BUFFER_MINS: integerOr(15, 0, 24 * 60),
  MEETING_MIN_START: clock('10:00'),
  MEETING_MAX_END: clock('17:30'),
  DFT_TIMEZONE: z.preprocess(
    blankIsAbsent,
    z.string().default('Europe/London').refine(isTimeZone, 'must be an IANA time zone'),
  ),
  BOOKING_MAX_PER_IP: integerOr(30, 1, 1_000_000),
  BOOKING_MAX_PER_EMAIL: integerOr(10, 1, 1_000_000),

  TC2_API_KEY: secret(),
  TC2_API_KEY_PREVIOUS: secret(),
  TC2_BASE_URL: urlOr('https://secure.tutorcruncher.com'),
  TC2_API_MAX_RATE: integerOr(100, 1, 100_000),
  TC2_API_RATE_PERIOD: numberOr(60, 0.01, 3600),
  TC2_WRITE_BACK: booleanOr(true),
  TC2_INVOICE_EVENTS: booleanOr(true),

  PD_API_KEY: secret(),
  PD_BASE_URL: urlOr('https://app.pipedrive.com'),
  PD_API_MAX_RATE: integerOr(9, 1, 100_000),
  PD_API_RATE_PERIOD: numberOr(2, 0.01, 3600),
  PD_SEARCH_MAX_RATE: integerOr(10, 1, 100_000),
  PD_WEBHOOK_USERNAME: text(),
  PD_WEBHOOK_PASSWORD: secret(),
  PD_WEBHOOK_PASSWORD_PREVIOUS: secret(),
  SYNC_CREATE_DEALS: booleanOr(true),
  PD_FIND_BEFORE_CREATE: booleanOr(true),
  RECONCILE_NIGHTLY: z.preprocess(
    blankIsAbsent,
    z.enum(['repair', 'report', 'off'], { error: 'must be repair, report or off' }).default('repair'),
  ),
  RECONCILE_MAX_REPAIRS: integerOr(200, 0, 5000),

  /** Webhooks are processed, and what would change something elsewhere is recorded instead of sent (docs/migrating.md). */
  SHADOW: booleanOr(false),

  G_PROJECT_ID: text(),
  G_CLIENT_EMAIL: text(),
  G_PRIVATE_KEY_ID: text(),
  /** One-line environments carry the key's line breaks as the two characters `\n`. */
  G_PRIVATE_KEY: z
    .preprocess(
      blankIsAbsent,
      z
        .string()
        .transform((pem) => pem.replaceAll('\\n', '\n'))
        .optional(),
    )
    .register(secrets),
  G_CLIENT_ID: text(),
  G_TOKEN_URI: urlOr('https://oauth2.googleapis.com/token'),
  G_CALENDAR_BASE_URL: urlOr('https://www.googleapis.com/calendar/v3'),
  G_CALENDAR_SCOPE: textOr('https://www.googleapis.com/auth/calendar'),

  /** The Temporal client's own names (address, namespace, TLS, profiles) are read by @temporalio/envconfig. */
  TEMPORAL_UI_URL: optionalUrl(),
  /** Keys that encrypt what Temporal stores, `id:base64,id:base64`; the first encrypts, all decrypt. Nothing is encrypted when unset. */
  TEMPORAL_PAYLOAD_KEYS: payloadKeys().register(secrets),
  /** Asked for by `hermes codec-server` when it can be reached from other machines. */
  CODEC_SERVER_TOKEN: secret(),
  WEBHOOK_STARTS_IN_FLIGHT: integerOr(8, 0, 1000),
  /** A prebuilt workflow bundle; built from the sources at start when unset. */
  WORKFLOW_BUNDLE: text(),
  /** A port for the metrics of Temporal's SDK; none is opened when unset. */
  WORKER_METRICS_PORT: z.preprocess(blankIsAbsent, z.coerce.number().int().min(1).max(65_535).optional()),
  /** A port on which a worker says whether it runs; none is opened when unset. */
  WORKER_HEALTH_PORT: z.preprocess(blankIsAbsent, z.coerce.number().int().min(0).max(65_535).optional()),
  /** The release that a worker belongs to; runs keep to theirs. Unset, any worker takes any run. */
  WORKER_BUILD_ID: z.preprocess(
    blankIsAbsent,
    z
      .string()
      .regex(/^[\w.-]{1,100}$/, 'must consist of letters, digits, dots, hyphens and underscores')
      .optional(),
  ),
  WORKER_DEPLOYMENT: textOr('hermes'),
  /** Bodies of older events are emptied; 0 keeps them. */
  RETENTION_DAYS: integerOr(90, 0, 36_500),
  WORKER_SHUTDOWN_GRACE_SECONDS: numberOr(20, 0, 3600),

  SENTRY_DSN: z.preprocess(
    blankIsAbsent,
    z
      .string()
      .regex(
        /^https?:\/\/\w+(:\w+)?@[^/@\s]+\/(\S+\/)?\d+$/,
        'must be a DSN as Sentry shows it: https://KEY@HOST/PROJECT',
      )
      .optional(),
  ),
});

/**
 * Sent where a key is not set: the peer refuses it, which pauses the calls and is seen, and everything that needs no key works.
 */
export const missingKey = 'not-set';

/** The parsed settings. */
export type Environment = z.infer<typeof environmentSchema>;

/** The values of the settings that are secret, as far as they are set. */
export const secretsOf = (environment: Environment): string[] =>
  Object.entries(environmentSchema.shape)
    .filter(([, schema]) => secrets.has(schema))
    .map(([name]) => environment[name as keyof Environment])
    .filter((value): value is string => typeof value === 'string');

/** All that is wrong with the settings, in one message. */
export class EnvironmentError extends Error {
  override name = 'EnvironmentError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`The settings are not usable:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

/** @param environment the settings that are right in themselves */
const crossFaults = (environment: Partial<Environment>): string[] => {
  const faults: string[] = [];
  const { MEETING_MIN_START: start, MEETING_MAX_END: end } = environment;
  if (start !== undefined && end !== undefined && start >= end) {
    faults.push('MEETING_MIN_START must be before MEETING_MAX_END');
  }
  if (environment.PD_WEBHOOK_USERNAME !== undefined && environment.PD_WEBHOOK_PASSWORD === undefined) {
    faults.push('PD_WEBHOOK_PASSWORD is required when PD_WEBHOOK_USERNAME is set');
  }
  // Without the current one nothing would be asked for, or signed.
  for (const name of ['PD_WEBHOOK_PASSWORD', 'TC2_API_KEY'] as const) {
    if (environment[`${name}_PREVIOUS`] !== undefined && environment[name] === undefined) {
      faults.push(`${name} is required when ${name}_PREVIOUS is set`);
    }
  }
  return faults;
};

/** Each setting on its own, without those that are wrong. */
const rightOnes = (source: Record<string, string | undefined>): Partial<Environment> =>
  Object.fromEntries(
    Object.entries(environmentSchema.shape).flatMap(([name, schema]) => {
      const parsed = schema.safeParse(source[name]);
      return parsed.success ? [[name, parsed.data]] : [];
    }),
  );

/** The address with the password in it, unless it brings one. */
const withPassword = (databaseUrl: string, password: string | undefined): string => {
  if (password === undefined || !URL.canParse(databaseUrl)) return databaseUrl;
  const address = new URL(databaseUrl);
  if (address.password !== '') return databaseUrl;
  address.password = encodeURIComponent(password);
  return address.href;
};

const faultsOf = (error: z.ZodError): string[] =>
  error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);

/**
 * Parses a part of the settings, for what needs no more.
 *
 * @param schema such as `environmentSchema.pick({ ... })`
 * @param source name to text, usually `process.env`
 * @throws EnvironmentError listing every fault by the setting's name, never by its value
 */
export const readSettings = <Schema extends z.ZodType>(
  schema: Schema,
  source: Readonly<Record<string, string | undefined>>,
): z.infer<Schema> => {
  const parsed = schema.safeParse(source, { error: faultText });
  if (parsed.success) return parsed.data;
  throw new EnvironmentError(faultsOf(parsed.error));
};

/**
 * Parses the settings.
 *
 * @param source name to text, usually `process.env`
 * @throws EnvironmentError listing every fault by the setting's name, never by its value
 */
export const readEnvironment = (source: Record<string, string | undefined>): Environment => {
  const parsed = environmentSchema.safeParse(source, { error: faultText });
  if (!parsed.success) {
    throw new EnvironmentError([...faultsOf(parsed.error), ...crossFaults(rightOnes(source))]);
  }
  const faults = crossFaults(parsed.data);
  if (faults.length > 0) throw new EnvironmentError(faults);
  const { DATABASE_URL, DATABASE_LISTEN_URL = DATABASE_URL, DATABASE_PASSWORD } = parsed.data;
  return {
    ...parsed.data,
    DATABASE_URL: withPassword(DATABASE_URL, DATABASE_PASSWORD),
    DATABASE_LISTEN_URL: withPassword(DATABASE_LISTEN_URL, DATABASE_PASSWORD),
  };
};
