/**
 * JSON text with the spacing of Python's json.dumps: ", " and ": ". Questionnaires are stored so (TCC-23), because rows taken
 * over from the earlier service hold them so and must compare equal.
 */
export const pythonJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}: ${pythonJson(member)}`).join(', ')}}`;
  }
  return JSON.stringify(value) ?? 'null';
};
