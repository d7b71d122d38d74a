import assert from 'node:assert/strict';
import { EnvironmentError, readEnvironment } from '../../environment/environment.ts';

describe('environment: secrets that are being changed', () => {
  const read = (settings: Record<string, string>) =>
    readEnvironment({ DATABASE_URL: 'postgresql://127.0.0.1/hermes', ...settings });

  for (const name of ['TC2_API_KEY', 'PD_WEBHOOK_PASSWORD'] as const) {
    it(`${name}: the last one beside the current one, never alone, which would ask nobody for anything`, () => {
      const both = read({ [name]: 'current', [`${name}_PREVIOUS`]: 'last' });
      assert.deepEqual([both[name], both[`${name}_PREVIOUS`]], ['current', 'last']);
      assert.throws(
        () => read({ [`${name}_PREVIOUS`]: 'last' }),
        (error) =>
          error instanceof EnvironmentError &&
          error.faults.join() === `${name} is required when ${name}_PREVIOUS is set`,
      );
      assert.equal(read({ [name]: 'current', [`${name}_PREVIOUS`]: ' ' })[`${name}_PREVIOUS`], undefined);
    });
  }
});
