import { bindableColumns, mappedFields } from '../fieldNames.ts';
import { machineNameSaid, namedCustomFields } from '../plan.ts';
import type { Entry } from '../read.ts';
import { customFieldId, type ConfigurationState, type CustomFieldState } from '../state.ts';
import { isBlank, judgeMissing, judgeName, judgeTwice, type Case, type Report } from './case.ts';

/** Custom fields: each once, named, and where they stand for a column, for one that can hold them. */
export const judgeCustomFields = ({ document, before, plan, report }: Case): void => {
  for (const { path, said, faulty } of document.customFields) {
    if (machineNameSaid(said) !== '' || faulty.has('machine_name') || faulty.has('name')) continue;
    const message =
      said.name === undefined
        ? 'is missing, and there is no name to make it of'
        : 'is missing, and the name has no letters of a to z to make it of';
    report([...path, 'machine_name'], message);
  }
  const entries = namedCustomFields(document);
  judgeTwice(entries, 'machine_name', customFieldId, report);
  for (const entry of entries) {
    const { path, said } = entry;
    const id = customFieldId(said);
    const existing = before.customFields.find((field) => customFieldId(field) === id);
    const field = plan.result.customFields.find((candidate) => customFieldId(candidate) === id);
    judgeMissing(entry, existing === undefined, ['name', 'type'], report);
    judgeName(entry, existing, report);
    if (existing === undefined && !/^[a-z][a-z0-9_]{0,99}$/.test(said.machine_name)) {
      const message = 'must begin with a letter and hold lower-case letters, digits and _ only';
      report([...path, 'machine_name'], message, said.machine_name);
    }
    if (typeof said.tc2_machine_name === 'string' && isBlank(said.tc2_machine_name)) {
      report([...path, 'tc2_machine_name'], 'must not be blank', said.tc2_machine_name);
    }
    const sameAttribute = plan.result.customFields.find(
      (other) =>
        other !== field &&
        other.entity === said.entity &&
        other.tc2_machine_name === (said.tc2_machine_name ?? undefined),
    );
    if (sameAttribute !== undefined && said.tc2_machine_name !== existing?.tc2_machine_name) {
      const message = `is read by ${customFieldId(sameAttribute)} already`;
      report([...path, 'tc2_machine_name'], message, said.tc2_machine_name);
    }
    if (field === undefined || entry.faulty.has('type') || entry.faulty.has('column')) continue;
    if (existing?.column === field.column && existing.type === field.type) continue;
    judgeColumn(entry, field, plan.result, report);
  }
};

const judgeColumn = (
  { path, said }: Entry<{ column?: string | null | undefined }>,
  field: CustomFieldState,
  result: ConfigurationState,
  report: Report,
): void => {
  const { entity, column, machine_name: name } = field;
  if (column === null) {
    if (Object.hasOwn(mappedFields[entity], name)) {
      report([...path, 'machine_name'], `is a field of Hermes: choose another name, or a column`, name);
    }
    return;
  }
  const at = [...path, said.column === undefined ? 'machine_name' : 'column'];
  const columns = bindableColumns[entity];
  const types = Object.hasOwn(columns, column) ? columns[column] : undefined;
  if (types === undefined) {
    const message = `is no column of ${entity} that a field can stand for; there are ${Object.keys(columns).join(', ')}`;
    return report(at, message, column);
  }
  if (!(types as readonly string[]).includes(field.type)) {
    report([...path, 'type'], `must be ${types.join(' or ')}, because the column ${column} is`, field.type);
  }
  const other = result.customFields.find(
    (candidate) => candidate !== field && candidate.entity === entity && candidate.column === column,
  );
  if (other !== undefined) report(at, `is the column of ${other.machine_name} too`, column);
};
