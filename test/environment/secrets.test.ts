import assert from 'node:assert/strict';
import { environmentSchema, secretsOf } from '../../environment/environment.ts';

describe('the settings that are secret', () => {
  it('are those whose name says so, and no other', () => {
    const names = Object.keys(environmentSchema.shape).filter((name) =>
      /(?<!TC2_API|PUBLIC)(KEY|KEYS|PASSWORD|TOKEN)(_PREVIOUS)?$|^TC2_API_KEY/.test(name),
    );
    assert.ok(names.length > 5);
    const settings = { ...environmentSchema.parse({ DATABASE_URL: 'postgresql://localhost/hermes' }) };
    assert.deepEqual(secretsOf(settings), []);
    const filled = Object.fromEntries(names.map((name) => [name, `the value of ${name}`]));
    assert.deepEqual(secretsOf({ ...settings, ...filled }).toSorted(), Object.values(filled).toSorted());
  });
});
