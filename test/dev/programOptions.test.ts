import assert from 'node:assert/strict';
import { readOptions, wholeNumber } from '../../dev/programOptions.ts';

describe('dev/programOptions', () => {
  const options = { seed: { type: 'string', default: '1' } } as const;
  const read = (...words: string[]) => readOptions(words, options, 'the help\n');

  it('gives the values, with their defaults', () => {
    const seen = read('--seed', '42');
    assert.equal(seen.kind === 'run' && seen.values.seed, '42');
    const usual = read();
    assert.equal(usual.kind === 'run' && usual.values.seed, '1');
  });

  it('shows the help when it is asked for', () => {
    assert.deepEqual(read('--help'), { kind: 'end', code: 0, text: 'the help\n' });
  });

  it('names an option or an argument that there is not', () => {
    assert.deepEqual(read('--sead', '42'), {
      kind: 'end',
      code: 2,
      text: "Unknown option '--sead': --help lists the options.\n",
    });
    const stray = read('stray');
    assert.match(stray.kind === 'end' ? stray.text : '', /'stray'.*: --help lists the options\.\n$/);
  });

  it('takes whole numbers within their bounds alone', () => {
    assert.deepEqual(
      ['1', '20', '0', '21', '', '2.5', '1e1', '-1', 'ten'].map((text) => wholeNumber(text, 1, 20)),
      [1, 20, null, null, null, null, null, null, null],
    );
  });
});
