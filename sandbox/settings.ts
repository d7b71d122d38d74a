/**
 * The sandbox's own settings. Keys and addresses have the names that they have in Hermes, so that one `.env` serves both.
 */
import path from 'node:path';
import { z } from 'zod';

const blankIsAbsent = (value: unknown): unknown => (value === '' ? undefined : value);
const textOr = (fallback: string) => z.preprocess(blankIsAbsent, z.string().default(fallback));
const portOr = (fallback: number) =>
  z.preprocess(blankIsAbsent, z.coerce.number().int().min(0).max(65_535).default(fallback));
const text = () => z.preprocess(blankIsAbsent, z.string().optional());

const settingsSchema = z.object({
  SANDBOX_HOST: textOr('127.0.0.1'),
  SANDBOX_PIPEDRIVE_PORT: portOr(8101),
  SANDBOX_TC2_PORT: portOr(8102),
  SANDBOX_GOOGLE_PORT: portOr(8103),
  /** Holds the service account's key and what the peers remember. */
  SANDBOX_STATE_DIR: textOr(path.join('.hermes', 'sandbox')),
  /** Hermes's address, where webhooks go. */
  BASE_URL: textOr('http://localhost:8000'),
  TC2_API_KEY: textOr('tc2-sandbox-key'),
  PD_API_KEY: textOr('pd-sandbox-key'),
  PD_WEBHOOK_USERNAME: text(),
  PD_WEBHOOK_PASSWORD: text(),
});

export type SandboxSettings = z.infer<typeof settingsSchema>;

/** Throws a ZodError that names every fault. */
export const readSandboxSettings = (source: Record<string, string | undefined>): SandboxSettings =>
  settingsSchema.parse(source);
