/** The field map: which field of Pipedrive holds which of ours, beside the fields that Pipedrive has right now. */
import type { Context } from 'koa';
import { fieldMapKeptMs } from '../../../activities/hermes/fieldMap.ts';
import { readFieldDefinitions, type FieldDefinition } from '../../../configuration/fieldDefinitions.ts';
import { entities, mappedFields, type Entity } from '../../../domain/configuration/fieldNames.ts';
import { resyncCompanies } from '../../../inbox/resync.ts';
import type { ApiDependencies } from '../../context.ts';
import { operatorOf, readForm, render } from '../context.ts';
import { auditOperator } from '../operators.ts';
import { pipedriveOf } from '../pipedrive.ts';
import { companiesRefusedFields } from '../refusals.ts';
import { saveConfiguration, type FollowUp } from '../saveConfiguration.ts';

interface Mapping {
  entity: Entity;
  name: string;
  pipedrive_key: string;
}

type Known = Pick<FieldDefinition, 'entity' | 'pipedrive_key' | 'name' | 'field_type'>;

/** GET /admin/fields */
export const fields =
  (dependencies: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const { db } = dependencies;
    const pipedrive = pipedriveOf(dependencies);
    const [map, stored, live, customFields] = await Promise.all([
      db('pipedrive_field').select<Mapping[]>('*'),
      db('pipedrive_field_definition').orderBy('name').select<Known[]>('*'),
      pipedrive === undefined ? null : readFieldDefinitions(pipedrive),
      db('custom_field').orderBy(['entity', 'machine_name']).select('*'),
    ]);
    const definitions: Known[] =
      live?.ok === true
        ? live.definitions
            .filter(({ custom }) => custom)
            .toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
        : stored;
    const failure = live?.ok === false ? live.failure.summary : 'PD_API_KEY is not set';
    render(context, 'fields', {
      title: 'Fields',
      source: live?.ok === true ? null : failure,
      groups: entities.map((entity) => ({
        entity,
        choices: definitions.filter((definition) => definition.entity === entity),
        names: Object.entries(mappedFields[entity]).map(([name, types]) => {
          const key = map.find((row) => row.entity === entity && row.name === name)?.pipedrive_key ?? null;
          const field = definitions.find((row) => row.entity === entity && row.pipedrive_key === key);
          return { name, types, key, gone: key !== null && field === undefined && live?.ok === true };
        }),
      })),
      customFields,
    });
  };

/** Companies that Pipedrive refused because of a field. */
const syncOf = async (
  { db, temporal, starter }: ApiDependencies,
  context: Context,
): Promise<FollowUp | null> => {
  const ids = await companiesRefusedFields(db);
  if (ids.length === 0) return null;
  const companies = ids.length === 1 ? 'the company' : `the ${ids.length} companies`;
  return {
    label: `sync ${companies} that Pipedrive refused because of a field`,
    run: async () => {
      const operator = operatorOf(context);
      // The workers know the field map by heart for a while.
      const by = `operator:${operator.id}`;
      const resync = await resyncCompanies(db, temporal, ids, by, fieldMapKeptMs);
      starter.follow(resync.asked);
      await auditOperator(db, operator, 'synced', `${resync.companies} companies that were refused a field`);
      return resync.companies === 1
        ? 'The sync is on its way'
        : `The syncs of ${resync.companies} companies are on their way`;
    },
  };
};

/** POST /admin/fields: the form names a field as `organization.website`; an empty choice takes the name out of the map. */
export const saveFields =
  (dependencies: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const form = await readForm(context);
    const pipedrive_fields: Record<string, Record<string, string | null>> = {};
    for (const entity of entities) {
      for (const name of Object.keys(mappedFields[entity])) {
        const chosen = form.get(`${entity}.${name}`);
        if (chosen === null) continue;
        pipedrive_fields[entity] ??= {};
        pipedrive_fields[entity][name] = chosen === '' ? null : chosen;
      }
    }
    await saveConfiguration(dependencies, context, {
      form,
      document: { pipedrive_fields },
      back: form.get('back') === 'failures' ? '/admin/failures' : '/admin/fields',
      pipedrive: pipedriveOf(dependencies),
      followUp: await syncOf(dependencies, context),
    });
  };
