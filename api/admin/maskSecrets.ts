/** Bodies of webhooks and of refused calls as the pages show them: without anything that opens a door. */

const secretName =
  /(^|[_-])(password|passwd|secret|token|signature|authorization|credential|private_?key|api_?key)s?$/i;

/** What stands in a secret's place. */
export const mask = '••••••';

/**
 * Replaces the values of fields whose name says that they are secret, at any depth, and any of `secrets` wherever it occurs in a text.
 *
 * @param secrets values that must not be shown, such as the keys of the settings; short ones are left alone, because they would
 * blacken every other word
 */
export const maskSecrets = (value: unknown, secrets: readonly string[]): unknown => {
  if (typeof value === 'string') {
    return secrets
      .filter((secret) => secret.length >= 8)
      .reduce((text, secret) => text.replaceAll(secret, mask), value);
  }
  if (Array.isArray(value)) return value.map((item) => maskSecrets(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      secretName.test(name) && item !== null && item !== '' ? mask : maskSecrets(item, secrets),
    ]),
  );
};
