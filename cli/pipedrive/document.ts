/** The plan of the setup as a configuration document, so that one set of rules judges and saves it. */
import { entities, type Entity } from '../../domain/configuration/fieldNames.ts';
import type { FieldUse } from './planFields.ts';
import type { RowsPlan } from './planRows.ts';

export interface KeyedUse {
  use: FieldUse;
  key: string;
}

const fieldMaps = (keyed: readonly KeyedUse[]): Partial<Record<Entity, Record<string, string>>> => {
  const maps: Partial<Record<Entity, Record<string, string>>> = {};
  for (const entity of entities) {
    const entries = keyed.flatMap(({ use, key }): [string, string][] =>
      use.kind === 'mapped' && use.entity === entity ? [[use.name, key]] : [],
    );
    if (entries.length > 0) maps[entity] = Object.fromEntries(entries);
  }
  return maps;
};

/** YAML is a superset of JSON. */
export const setupDocument = (rows: RowsPlan, keyed: readonly KeyedUse[]): string => {
  const { admins, pipelines, stages, price_plans } = rows;
  const maps = fieldMaps(keyed);
  const custom = keyed.flatMap(({ use, key }) =>
    use.kind === 'custom' ? [{ machine_name: use.machineName, entity: use.entity, pipedrive_key: key }] : [],
  );
  return JSON.stringify({
    ...(admins.length === 0 ? {} : { admins }),
    ...(pipelines.length === 0 ? {} : { pipelines }),
    ...(stages.length === 0 ? {} : { stages }),
    ...(Object.keys(price_plans).length === 0 ? {} : { price_plans }),
    ...(Object.keys(maps).length === 0 ? {} : { pipedrive_fields: maps }),
    ...(custom.length === 0 ? {} : { custom_fields: custom }),
  });
};
