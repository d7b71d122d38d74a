/** The configuration as a file: what `config apply` would need to say to arrive at the same. */
import { Document, isScalar, visit } from 'yaml';
import { plans } from './document.ts';
import { bindableColumns, entities, mappedFields } from './fieldNames.ts';
import type { ConfigurationState, CustomFieldState } from './state.ts';

type Row = Record<string, unknown>;

const withoutNulls = (row: object): Row =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));

const by =
  <T>(key: (row: T) => number | string) =>
  (a: T, b: T): number =>
    key(a) < key(b) ? -1 : 1;

const customFieldRow = (field: CustomFieldState): Row => {
  const row = withoutNulls(field);
  // Left out, the column of the same name would be meant.
  const wouldBeBound = Object.hasOwn(bindableColumns[field.entity], field.machine_name);
  return field.column === null && wouldBeBound ? { ...row, column: null } : row;
};

/** The document's sections in a fixed order, its rows by id; what there is nothing of is left out. */
const documentOf = (state: ConfigurationState): Row => {
  const pricePlans = plans.filter((plan) => state.pricePlans[plan] !== null);
  const maps = entities.filter((entity) => Object.keys(state.fieldMaps[entity]).length > 0);
  const section = (name: string, rows: readonly unknown[]): Row =>
    rows.length === 0 ? {} : { [name]: rows };
  return {
    ...(state.meetings === null ? {} : { meetings: state.meetings }),
    ...section('admins', state.admins.toSorted(by(({ id }) => id)).map(withoutNulls)),
    ...section('pipelines', state.pipelines.toSorted(by((row) => row.pd_pipeline_id)).map(withoutNulls)),
    ...section('stages', state.stages.toSorted(by((row) => row.pd_stage_id)).map(withoutNulls)),
    ...(pricePlans.length === 0
      ? {}
      : { price_plans: Object.fromEntries(pricePlans.map((plan) => [plan, state.pricePlans[plan]])) }),
    ...(maps.length === 0
      ? {}
      : {
          pipedrive_fields: Object.fromEntries(
            maps.map((entity) => [
              entity,
              Object.fromEntries(
                Object.keys(mappedFields[entity])
                  .map((name) => [name, state.fieldMaps[entity][name]])
                  .filter(([, key]) => key !== undefined),
              ),
            ]),
          ),
        }),
    ...section(
      'custom_fields',
      state.customFields
        .toSorted(by(({ entity, machine_name }) => `${entities.indexOf(entity)} ${machine_name}`))
        .map(customFieldRow),
    ),
  };
};

/** YAML 1.2 that `config apply` accepts and that changes nothing where it came from. */
export const renderConfiguration = (state: ConfigurationState): string => {
  const document = new Document(documentOf(state), {
    version: '1.2',
    // A reader of YAML 1.1 would take 10:00 for the number 600: what the versions read differently is quoted.
    compat: 'yaml-1.1',
    // No anchors: a list that stands twice is written twice.
    aliasDuplicateObjects: false,
  });
  visit(document, {
    Seq: (_, list) => {
      list.flow = list.items.every(isScalar);
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
};
