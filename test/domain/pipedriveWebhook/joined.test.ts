import assert from 'node:assert/strict';
import { isJoined, splitJoined } from '../../../domain/pipedriveWebhook/joined.ts';

describe('domain/pipedriveWebhook/joined', () => {
  const alone = { merging: false, held: [] };

  for (const [name, value] of [
    ['price_plan', 'payg, startup'],
    ['tc2_status', 'trial, active'],
    ['website', 'https://a.example, https://b.example/x'],
    ['paid_invoice_count', '50, 35, 41'],
    ['estimated_income', '£1,000, 2000'],
    ['gclid', 'Cj0KCQ, EAIaIQ_x-1'],
    ['email', 'a@a.example, b@b.example'],
    ['phone', '+44 1482 960123, +44 1482 960124'],
    ['signup_questionnaire', '{"a": "b, c"}, {"d": 1}'],
  ] as const) {
    it(`PDM-26: ${name} "${value}" is joined, whatever the event`, () => {
      assert.equal(isJoined(name, value, alone), true);
    });
  }

  for (const [name, value] of [
    ['utm_campaign', 'Winter, early, sale'],
    ['signup_questionnaire', '{"how": "a, b", "n": ["1, 2"]}'],
    ['signup_questionnaire', "{'how': 'it's, here', 'x': 'y'}"],
    ['website', 'https://a.example/?q=1,2'],
    ['estimated_income', '1,000'],
    ['price_plan', 'payg'],
    ['paid_invoice_count', 5],
    ['utm_source', null],
    ['constructor', 'one, two'],
    ['email', 'a@a.example, then b'],
    ['phone', '+44 1482 960123, ext. 5'],
    ['paid_invoice_count', '5, since 2024'],
    ['tc2_status', 'trial, not active'],
    ['website', 'https://a.example, soon'],
  ] as const) {
    it(`PDM-28: ${name} ${String(value)} is a single value`, () => {
      assert.equal(isJoined(name, value, alone), false);
    });
  }

  it('free text is joined when the event shows a merge, or when it begins or ends with what is held', () => {
    assert.equal(isJoined('utm_source', 'google, facebook', { merging: true, held: [] }), true);
    assert.equal(isJoined('utm_source', 'google, facebook', { merging: false, held: ['google'] }), true);
    assert.equal(
      isJoined('utm_source', 'google, facebook', { merging: false, held: [null, 'facebook'] }),
      true,
    );
    assert.equal(isJoined('utm_source', 'google, facebook', { merging: false, held: ['bing'] }), false);
    assert.equal(isJoined('utm_source', 'google, ', { merging: false, held: ['', null] }), false);
  });

  it('what is held already was not joined now', () => {
    assert.equal(isJoined('utm_source', 'Winter, early', { merging: true, held: ['Winter, early'] }), false);
  });

  it('splits outside brackets and quotation marks', () => {
    assert.deepEqual(splitJoined('{"a": "}, {"}, [1, 2]'), ['{"a": "}, {"}', '[1, 2]']);
    assert.deepEqual(splitJoined('a, b'), ['a', 'b']);
    assert.deepEqual(splitJoined('{"open'), ['{"open']);
    assert.deepEqual(splitJoined('{"a": "\\"}, {"}, {"b": [1], "c": 2}'), [
      '{"a": "\\"}, {"}',
      '{"b": [1], "c": 2}',
    ]);
  });
});
