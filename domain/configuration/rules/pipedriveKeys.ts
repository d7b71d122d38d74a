import type { Path } from '../fault.ts';
import { entities, mappedFields, type Entity } from '../fieldNames.ts';
import { fieldTypes, pipedriveTypesOf, type FieldType } from '../fieldTypes.ts';
import { namedCustomFields } from '../plan.ts';
import { customFieldId } from '../state.ts';
import type { Case, PipedriveFields } from './case.ts';

/** One thing that says a key of Pipedrive, in the file or in the database. */
interface KeyUse {
  owner: string;
  key: string;
  /** The field of Hermes that the Pipedrive field stands for; undefined for a custom field with values of its own. */
  field: string | undefined;
  types: readonly FieldType[];
  /** Undefined for what only the database says. */
  path: Path | undefined;
  changed: boolean;
}

const keyUses = (entity: Entity, { document, before, plan }: Case): KeyUse[] => {
  const mapEntry = document.fieldMaps[entity];
  const mapped = Object.entries(plan.result.fieldMaps[entity]).map(([name, key]) => ({
    owner: `pipedrive_fields.${entity}.${name}`,
    key,
    field: name,
    types: mappedFields[entity][name] ?? [],
    path: typeof mapEntry?.said[name] === 'string' ? [...mapEntry.path, name] : undefined,
    changed: before.fieldMaps[entity][name] !== key,
  }));
  const entries = namedCustomFields(document);
  const custom = plan.result.customFields
    .filter((field) => field.entity === entity)
    .flatMap((field): KeyUse[] => {
      if (field.pipedrive_key === null) return [];
      const id = customFieldId(field);
      const existing = before.customFields.find((candidate) => customFieldId(candidate) === id);
      const entry = entries.find(({ said }) => customFieldId(said) === id);
      const said = (['pipedrive_key', 'column', 'type'] as const).find(
        (key) => entry?.said[key] !== undefined,
      );
      return [
        {
          owner: `custom field ${id}`,
          key: field.pipedrive_key,
          field: field.column ?? undefined,
          types: Object.hasOwn(fieldTypes, field.type) ? [field.type as FieldType] : [],
          path: entry === undefined || said === undefined ? undefined : [...entry.path, said],
          changed: existing?.pipedrive_key !== field.pipedrive_key || existing.column !== field.column,
        },
      ];
    });
  return [...mapped, ...custom];
};

/** What a key is in Pipedrive, if that does not suit its use. */
const misfit = (entity: Entity, use: KeyUse, fields: PipedriveFields): string | undefined => {
  const field = fields[entity].get(use.key);
  if (field === undefined) return `Pipedrive has no ${entity} field with this key`;
  if (!field.custom) return "is a field of Pipedrive's own, where Hermes needs a custom field";
  const suitable = pipedriveTypesOf(use.types);
  if (suitable.length === 0 || suitable.includes(field.type)) return undefined;
  return `is a field of type ${field.type} in Pipedrive; ${suitable.join(', ')} would do`;
};

/** What only the database says is no fault of the file. */
const judgeAgainstPipedrive = (entity: Entity, use: KeyUse, given: Case): void => {
  if (given.pipedrive === undefined) return;
  const message = misfit(entity, use, given.pipedrive);
  if (message === undefined) return;
  if (use.path === undefined) given.warnOfRow(use.owner, message, use.key);
  else given.report(use.path, message, use.key);
};

/** A Pipedrive key and a field of Hermes belong together: each may have only one partner. */
const judgePartners = (uses: readonly KeyUse[], { report }: Case): void => {
  for (const use of uses) {
    if (use.path === undefined || !use.changed) continue;
    // Of two that the file says anew the later one is told.
    const others = uses.filter(
      (other, index) => other !== use && (!other.changed || index < uses.indexOf(use)),
    );
    const sameKey = others.find(({ key }) => key === use.key);
    if (sameKey !== undefined) report(use.path, `is the key of ${sameKey.owner} too`, use.key);
    const sameField = others.find(({ field }) => field !== undefined && field === use.field);
    if (sameField !== undefined && sameField !== sameKey) {
      report(
        use.path,
        `would be a second Pipedrive field for ${use.field}, after ${sameField.owner}`,
        use.key,
      );
    }
  }
};

/** A Pipedrive key is used once per entity, exists there, and its type suits what it is to hold. */
export const judgePipedriveKeys = (given: Case): void => {
  for (const entity of entities) {
    const uses = keyUses(entity, given);
    judgePartners(uses, given);
    for (const use of uses) judgeAgainstPipedrive(entity, use, given);
  }
};
