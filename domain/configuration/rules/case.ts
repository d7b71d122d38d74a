/** What every rule is given, and how it answers. */
import { pathText, type Path } from '../fault.ts';
import type { Entity } from '../fieldNames.ts';
import type { ConfigurationPlan } from '../plan.ts';
import type { ConfigurationDocument, Entry } from '../read.ts';
import type { ConfigurationState } from '../state.ts';

/** A field as Pipedrive describes it. */
export interface PipedriveField {
  type: string;
  /** False for Pipedrive's own fields, which are written elsewhere than custom fields. */
  custom: boolean;
}

/** Per entity, by key. */
export type PipedriveFields = Readonly<Record<Entity, ReadonlyMap<string, PipedriveField>>>;

/** Tells of a value at a place of the file. */
export type Report = (path: Path, message: string, value?: unknown) => void;

export interface Case {
  document: ConfigurationDocument;
  before: ConfigurationState;
  /** What the file would make of `before`. */
  plan: ConfigurationPlan;
  /** Undefined while Pipedrive was not or could not be asked. */
  pipedrive: PipedriveFields | undefined;
  /** A fault: nothing may be applied. */
  report: Report;
  /** What may be meant but deserves a look. */
  warn: Report;
  /** A warning about what the database says and the file does not. */
  warnOfRow: (what: string, message: string, value: string) => void;
}

/** Every entry after the first of the same row. */
export const judgeTwice = <T>(
  entries: readonly Entry<T>[],
  key: string,
  idOf: (said: T) => string | number,
  report: Report,
): void => {
  const first = new Map<string | number, Path>();
  for (const { path, said } of entries) {
    const id = idOf(said);
    const before = first.get(id);
    if (before === undefined) first.set(id, path);
    else report([...path, key], `stands in ${pathText(before)} already`, id);
  }
};

/** A key that a new row needs and nobody said. */
export const judgeMissing = <T extends object>(
  { path, said, faulty }: Entry<T>,
  isNew: boolean,
  keys: readonly (keyof T & string)[],
  report: Report,
): void => {
  for (const key of keys) {
    if (!isNew || said[key] !== undefined || faulty.has(key)) continue;
    report([...path, key], 'is missing, and the row is new');
  }
};

export const isBlank = (text: string): boolean => text.trim() === '';

/** A name that the file makes another must say something. */
export const judgeName = <T extends { name?: string | undefined }>(
  { path, said }: Entry<T>,
  existing: { name: string } | undefined,
  report: Report,
): void => {
  if (said.name === undefined || said.name === existing?.name) return;
  if (isBlank(said.name)) report([...path, 'name'], 'must not be blank', said.name);
  if (/[\r\n]/.test(said.name)) report([...path, 'name'], 'must be one line', said.name);
};
