/** The configuration file as entries that are right each for itself, with all faults of those that are not. */
import type { z } from 'zod';
import {
  adminSchema,
  customFieldSchema,
  fieldMapSchemas,
  meetingsSchema,
  pipelineSchema,
  pricePlansSchema,
  stageSchema,
  type AdminEntry,
  type CustomFieldEntry,
  type MeetingsEntry,
  type PipelineEntry,
  type PricePlansEntry,
  type StageEntry,
} from './document.ts';
import { pathText, shownValue, type Fault, type Path } from './fault.ts';
import { entities, type Entity } from './fieldNames.ts';
import { readYaml } from './yaml.ts';

/** What the file says of one row; `faulty` names the keys that were left out because they are faults already. */
export interface Entry<T> {
  path: Path;
  said: T;
  faulty: ReadonlySet<string>;
}

/** Hermes name to Pipedrive key, null to take it out. */
export type FieldMapEntry = Readonly<Record<string, string | null | undefined>>;

export interface ConfigurationDocument {
  meetings: Entry<MeetingsEntry> | undefined;
  admins: readonly Entry<AdminEntry>[];
  pipelines: readonly Entry<PipelineEntry>[];
  stages: readonly Entry<StageEntry>[];
  pricePlans: Entry<PricePlansEntry> | undefined;
  fieldMaps: Readonly<Partial<Record<Entity, Entry<FieldMapEntry>>>>;
  customFields: readonly Entry<CustomFieldEntry>[];
}

export interface ReadConfiguration {
  document: ConfigurationDocument;
  faults: Fault[];
  /** A fault at a place of the file. */
  faultAt: (path: Path, message: string, value?: unknown) => Fault;
}

const sections = [
  'meetings',
  'admins',
  'pipelines',
  'stages',
  'price_plans',
  'pipedrive_fields',
  'custom_fields',
];

type Mapping = Readonly<Record<string, unknown>>;

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const valueAt = (value: unknown, path: Path): unknown => {
  let inner: unknown = value;
  for (const part of path) {
    if (typeof inner !== 'object' || inner === null) return undefined;
    inner = (inner as Record<string | number, unknown>)[part];
  }
  return inner;
};

const without = (mapping: Mapping, keys: ReadonlySet<string>): Mapping =>
  Object.fromEntries(Object.entries(mapping).filter(([key]) => !keys.has(key)));

/**
 * Reads the file's text.
 *
 * @returns the entries that can be understood, so that what they say together can be judged in the same go, and the faults
 */
export const readConfiguration = (text: string): ReadConfiguration => {
  const yaml = readYaml(text);
  const faults = [...yaml.faults];
  const faultAt = (path: Path, message: string, value?: unknown): Fault => {
    const shown = shownValue(path, value);
    const fault = { line: yaml.lineOf(path), path: pathText(path), message };
    return shown === undefined ? fault : { ...fault, value: shown };
  };
  const report = (path: Path, message: string, value?: unknown): undefined => {
    faults.push(faultAt(path, message, value));
    return undefined;
  };

  const entry = <T>(schema: z.ZodType<T>, raw: unknown, path: Path): Entry<T> | undefined => {
    const parsed = schema.safeParse(raw);
    if (parsed.success) return { path, said: parsed.data, faulty: new Set() };
    if (!isMapping(raw)) return report(path, 'must be a mapping', raw);
    const faulty = new Set<string>();
    for (const issue of parsed.error.issues) {
      if (issue.code === 'unrecognized_keys') {
        for (const key of issue.keys) {
          faulty.add(key);
          report([...path, key], 'is no key of the configuration', raw[key]);
        }
        continue;
      }
      const at = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
      const value = valueAt(raw, at);
      faulty.add(String(at[0]));
      report([...path, ...at], value === undefined ? 'is missing' : issue.message, value);
    }
    const rest = schema.safeParse(without(raw, faulty));
    return rest.success ? { path, said: rest.data, faulty } : undefined;
  };

  const entries = <T>(schema: z.ZodType<T>, raw: unknown, section: string): Entry<T>[] => {
    if (raw === undefined) return [];
    if (!Array.isArray(raw)) {
      report([section], 'must be a list', raw);
      return [];
    }
    return raw.flatMap((item, index) => entry(schema, item, [section, index]) ?? []);
  };

  const mappingAt = (raw: unknown, path: Path, keys: readonly string[]): Mapping => {
    if (raw === undefined) return {};
    if (!isMapping(raw)) {
      report(path, 'must be a mapping', raw);
      return {};
    }
    for (const [key, value] of Object.entries(raw)) {
      if (!keys.includes(key)) report([...path, key], `is no key here; there are ${keys.join(', ')}`, value);
    }
    return raw;
  };

  const root = mappingAt(yaml.root, [], sections);
  const maps = mappingAt(root['pipedrive_fields'], ['pipedrive_fields'], entities);
  const fieldMaps: Partial<Record<Entity, Entry<FieldMapEntry>>> = {};
  for (const entity of entities) {
    if (maps[entity] === undefined) continue;
    const read = entry<FieldMapEntry>(fieldMapSchemas[entity], maps[entity], ['pipedrive_fields', entity]);
    if (read !== undefined) fieldMaps[entity] = read;
  }
  const one = <T>(schema: z.ZodType<T>, section: string): Entry<T> | undefined =>
    root[section] === undefined ? undefined : entry(schema, root[section], [section]);

  const document: ConfigurationDocument = {
    meetings: one(meetingsSchema, 'meetings'),
    admins: entries(adminSchema, root['admins'], 'admins'),
    pipelines: entries(pipelineSchema, root['pipelines'], 'pipelines'),
    stages: entries(stageSchema, root['stages'], 'stages'),
    pricePlans: one(pricePlansSchema, 'price_plans'),
    fieldMaps,
    customFields: entries(customFieldSchema, root['custom_fields'], 'custom_fields'),
  };
  return { document, faults, faultAt };
};
