import assert from 'node:assert/strict';
import { pythonJson } from '../../../domain/values/pythonJson.ts';

describe('domain/values/pythonJson', () => {
  it('TCC-23: writes a questionnaire with a space after each comma and colon', () => {
    const questionnaire = {
      'how-did-you-hear': 'Word of mouth',
      lessons: ['online', 'at home'],
      count: 2,
      else: null,
    };
    assert.equal(
      pythonJson(questionnaire),
      '{"how-did-you-hear": "Word of mouth", "lessons": ["online", "at home"], "count": 2, "else": null}',
    );
  });

  it('writes what JSON reads back', () => {
    const value = { text: 'a "quoted", colon: and comma', nested: [{ a: [] }, {}, true] };
    assert.deepEqual(JSON.parse(pythonJson(value)), value);
  });
});
