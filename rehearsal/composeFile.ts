/** Reads docker-compose.yml as Compose does, as far as this project uses it: merges, variables, lists. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const condition = z.enum(['service_started', 'service_healthy', 'service_completed_successfully']);

const serviceSchema = z.looseObject({
  image: z.string(),
  entrypoint: z.array(z.string()).default([]),
  command: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  secrets: z.array(z.string()).default([]),
  depends_on: z.record(z.string(), z.looseObject({ condition })).default({}),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
  restart: z.string().optional(),
  stop_grace_period: z.string().optional(),
  profiles: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  deploy: z.looseObject({ replicas: z.int().default(1) }).default({ replicas: 1 }),
});

const fileSchema = z.looseObject({
  services: z.record(z.string(), serviceSchema),
  secrets: z.record(z.string(), z.looseObject({ file: z.string() })),
});

export type ComposeService = z.infer<typeof serviceSchema>;
export type ComposeFile = z.infer<typeof fileSchema>;

/**
 * Replaces `${NAME}`, `${NAME:-default}` and `$$`.
 *
 * @param variables what `.env` and the shell would say
 * @throws Error for a variable that has no value and no default
 */
export const interpolate = (text: string, variables: Record<string, string>): string =>
  text.replaceAll(
    /\$(\$|\{(\w+)(?::-([^}]*))?\})/g,
    (_whole, rest: string, name: string, fallback?: string) => {
      if (rest === '$') return '$';
      const value = variables[name];
      if (value !== undefined && value !== '') return value;
      if (fallback === undefined)
        throw new Error(`docker-compose.yml asks for ${name}, which has no default`);
      return fallback;
    },
  );

const interpolateAll = (node: unknown, variables: Record<string, string>): unknown => {
  if (typeof node === 'string') return interpolate(node, variables);
  if (Array.isArray(node)) return node.map((item) => interpolateAll(item, variables));
  if (node === null || typeof node !== 'object') return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, interpolateAll(value, variables)]),
  );
};

const composeFile = new URL('../docker-compose.yml', import.meta.url);

/** The file with merges and variables resolved, not yet looked at. */
export const readComposeDocument = (variables: Record<string, string> = {}, file = composeFile): unknown =>
  interpolateAll(parse(readFileSync(file, 'utf8'), { merge: true }), variables);

/**
 * The services of docker-compose.yml.
 *
 * @param variables what `.env` would say; the defaults of the file hold for the rest
 */
export const readComposeFile = (variables: Record<string, string> = {}): ComposeFile =>
  fileSchema.parse(readComposeDocument(variables));
