/** "Test Field Name With Spaces" becomes test_field_name_with_spaces (CF-25); empty when nothing of the name can be kept. */
export const machineNameOf = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
