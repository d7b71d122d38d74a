/** Custom fields: the agency's own ones, each with a field of Pipedrive and an attribute of TutorCruncher. */
import type { Context } from 'koa';
import type { CustomField, Row } from '../../../db/models/index.ts';
import { bindableColumns, entities } from '../../../domain/configuration/fieldNames.ts';
import { fieldTypeNames } from '../../../domain/configuration/fieldTypes.ts';
import { identifierOf } from '../../../domain/values/identifier.ts';
import type { ApiDependencies } from '../../context.ts';
import { notFound } from '../../errors.ts';
import { operatorOf, readForm, redirect, render } from '../context.ts';
import { auditOperator } from '../operators.ts';
import { pipedriveOf } from '../pipedrive.ts';
import { saveConfiguration } from '../saveConfiguration.ts';

type CustomFieldRow = Row<CustomField>;

const knownField = async ({ db }: ApiDependencies, context: Context): Promise<CustomFieldRow | null> => {
  if (context.params.id === 'new') return null;
  const id = identifierOf(context.params.id);
  const row = (await db('custom_field').where({ id }).first('*')) as CustomFieldRow | undefined;
  if (row === undefined) throw notFound('There is no such custom field');
  return row;
};

/** GET /admin/fields/custom/new and /admin/fields/custom/:id */
export const customFieldForm =
  (dependencies: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const row = await knownField(dependencies, context);
    const columns = [...new Set(entities.flatMap((entity) => Object.keys(bindableColumns[entity])))];
    render(context, 'customField', {
      title: row === null ? 'New custom field' : row.name,
      row,
      entities,
      types: fieldTypeNames,
      columns: columns.toSorted(),
      choices: await dependencies
        .db('pipedrive_field_definition')
        .orderBy(['entity', 'name'])
        .select('entity', 'name', 'pipedrive_key', 'field_type'),
    });
  };

/** POST /admin/fields/custom/new and /admin/fields/custom/:id: what it is called for Hermes, and of what, stays as it was made. */
export const saveCustomField =
  (dependencies: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const form = await readForm(context);
    const row = await knownField(dependencies, context);
    const text = (name: string): string => (form.get(name) ?? '').trim();
    const machineName = row?.machine_name ?? text('machine_name');
    const field = {
      ...(machineName === '' ? {} : { machine_name: machineName }),
      name: text('name'),
      entity: row?.entity ?? text('entity'),
      type: text('type'),
      pipedrive_key: text('pipedrive_key') || null,
      tc2_machine_name: text('tc2_machine_name') || null,
      column: text('column') || null,
    };
    await saveConfiguration(dependencies, context, {
      form,
      document: { custom_fields: [field] },
      back: '/admin/fields',
      pipedrive: pipedriveOf(dependencies),
    });
  };

/** POST /admin/fields/custom/:id/delete: with the values that it held. */
export const deleteCustomField =
  (dependencies: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    await readForm(context);
    const row = await knownField(dependencies, context);
    if (row === null) throw notFound('There is no such custom field');
    const { db } = dependencies;
    await db('custom_field').where({ id: row.id }).delete();
    await auditOperator(db, operatorOf(context), 'deleted', `custom field ${row.entity}.${row.machine_name}`);
    redirect(context, '/admin/fields', 'Deleted');
  };
