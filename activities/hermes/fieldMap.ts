/** The field map as the database holds it, kept for a few seconds: a sync asks for it with every step. */
import type { Database } from '../../db/connection.ts';
import type { FieldMap, RecordEntity } from '../../domain/pipedrive/fieldMap.ts';
import type { FieldDefinition } from '../../domain/pipedrive/fieldValue.ts';

/** A change of the configuration takes effect within 15 s; this is well inside. */
export const fieldMapKeptMs = 3000;

const entities = ['organization', 'person', 'deal'] as const;

const perEntity = <T>(make: (entity: RecordEntity) => T): Record<RecordEntity, T> => ({
  organization: make('organization'),
  person: make('person'),
  deal: make('deal'),
});

interface FieldRow {
  entity: RecordEntity;
  name: string;
  pipedrive_key: string;
}

interface DefinitionRow {
  entity: RecordEntity;
  pipedrive_key: string;
  field_type: string;
  options: FieldDefinition['options'];
}

interface CustomFieldRow {
  id: number;
  machine_name: string;
  entity: RecordEntity;
  type: string;
  pipedrive_key: string | null;
  hermes_column: string | null;
  tc2_machine_name: string | null;
}

const read = async (db: Database): Promise<FieldMap> => {
  const [fields, definitions, custom] = await Promise.all([
    db('pipedrive_field').select<FieldRow[]>('entity', 'name', 'pipedrive_key'),
    db('pipedrive_field_definition').select<DefinitionRow[]>(
      'entity',
      'pipedrive_key',
      'field_type',
      'options',
    ),
    db('custom_field')
      .orderBy('id')
      .select<CustomFieldRow[]>(
        'id',
        'machine_name',
        'entity',
        'type',
        'pipedrive_key',
        'hermes_column',
        'tc2_machine_name',
      ),
  ]);
  return {
    keys: perEntity((entity) =>
      Object.fromEntries(
        fields.filter((row) => row.entity === entity).map((row) => [row.name, row.pipedrive_key]),
      ),
    ),
    definitions: perEntity(
      (entity) =>
        new Map(
          definitions
            .filter((row) => row.entity === entity)
            .map((row) => [row.pipedrive_key, { type: row.field_type, options: row.options }]),
        ),
    ),
    customFields: custom
      .filter((row) => row.pipedrive_key !== null && entities.includes(row.entity))
      .map((row) => ({
        id: row.id,
        machineName: row.machine_name,
        entity: row.entity,
        type: row.type,
        pipedriveKey: row.pipedrive_key ?? '',
        column: row.hermes_column,
        tc2MachineName: row.tc2_machine_name,
      })),
  };
};

/** Gives the field map of a database, asked for at most once in three seconds. */
export const createFieldMapReader = (db: Database): (() => Promise<FieldMap>) => {
  let kept: { map: Promise<FieldMap>; until: number } | null = null;
  return () => {
    if (kept !== null && kept.until > Date.now()) return kept.map;
    const map = read(db);
    kept = { map, until: Date.now() + fieldMapKeptMs };
    map.catch(() => {
      kept = null;
    });
    return map;
  };
};
