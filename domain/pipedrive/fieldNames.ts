/** Names of fields for operators: Pipedrive's keys of custom fields are forty characters of nothing. */
import type { FieldMap, RecordEntity } from './fieldMap.ts';
import { customField } from './fields.ts';
import type { Step } from './plan.ts';

const entityOf = (call: Step['call']): RecordEntity | null => {
  if (call.endsWith('Organization')) return 'organization';
  if (call.endsWith('Person')) return 'person';
  return call.endsWith('Deal') ? 'deal' : null;
};

/** The step with its custom fields by their names in Hermes, where they have one. */
export const withFieldNames = (map: Pick<FieldMap, 'keys' | 'customFields'>, step: Step): Step => {
  const entity = entityOf(step.call);
  if (entity === null || step.fields.length === 0) return step;
  const names = new Map(Object.entries(map.keys[entity]).map(([name, key]) => [customField(key), name]));
  for (const field of map.customFields) {
    if (field.entity === entity) names.set(customField(field.pipedriveKey), field.machineName);
  }
  return { ...step, fields: step.fields.map((field) => names.get(field) ?? field) };
};
