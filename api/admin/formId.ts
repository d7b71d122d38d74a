import { identifierOf } from '../../domain/values/identifier.ts';

/** An id as the form says it; what is no id goes to the configuration's own rules, which name the fault. */
export const formId = (value: string | null): number | string | null => {
  if (value === null || value.trim() === '') return null;
  return identifierOf(value) ?? value;
};
