import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isAuthorised } from '../../../api/pipedrive/basicAuth.ts';

const encoded = (text: string): string => Buffer.from(text).toString('base64');
const basic = (username: string, password: string): string => `Basic ${encoded(`${username}:${password}`)}`;

describe('api/pipedrive/basicAuth', () => {
  const one = { username: 'hermes', passwords: ['knock-knock'] };
  const two = { username: undefined, passwords: ['next', 'last'] };

  it('takes the name and the password, in any alphabet, with colons in the password', () => {
    assert.ok(isAuthorised(basic('hermes', 'knock-knock'), one));
    for (const password of ['a:b', ':', ' ', 'Zoë 🚀', 'x'.repeat(500)]) {
      assert.ok(isAuthorised(basic('ü', password), { username: 'ü', passwords: [password] }), password);
    }
    // The name of the scheme has no case, and base64 may lack its padding.
    assert.ok(isAuthorised(basic('hermes', 'knock-knock').replace('Basic', 'bASIC'), one));
    assert.ok(isAuthorised(basic('hermes', 'knock-knock').replaceAll('=', ''), one));
  });

  it('takes two passwords while they are changed', () => {
    assert.ok(isAuthorised(basic('anybody', 'next'), two));
    assert.ok(isAuthorised(basic('', 'last'), two));
    assert.ok(!isAuthorised(basic('', 'first'), two));
    assert.ok(!isAuthorised(basic('', 'last'), { ...two, passwords: ['next'] }));
  });

  const right = basic('hermes', 'knock-knock');
  for (const [what, header] of [
    ['empty', ''],
    ['the scheme alone', 'Basic '],
    ['another scheme', right.replace('Basic', 'Bearer')],
    ['no scheme', encoded('hermes:knock-knock')],
    ['not base64', 'Basic hermes:knock-knock'],
    ['base64 of hexadecimal', `Basic ${Buffer.from('hermes:knock-knock').toString('hex')}`],
    ['without a colon', `Basic ${encoded('knock-knock')}`],
    ['another password', basic('hermes', 'knock')],
    ['a longer password', basic('hermes', 'knock-knock ')],
    ['a password of other letters', basic('hermes', 'KNOCK-KNOCK')],
    ['an empty password', basic('hermes', '')],
    ['another name', basic('Hermes', 'knock-knock')],
    ['an empty name', basic('', 'knock-knock')],
    ['name and password exchanged', basic('knock-knock', 'hermes')],
    ['cut short', right.slice(0, -4)],
    ['twice, as a list', `${right}, ${right}`],
    ['followed by something', `${right} x`],
    ['a line break inside', right.replace(' ', '\r\n ')],
    [
      'another encoding of the text',
      `Basic ${Buffer.from('hermes:knock-knock', 'utf16le').toString('base64')}`,
    ],
  ] as const) {
    it(`is refused when it is ${what}`, () => assert.ok(!isAuthorised(header, one)));
  }

  it('fits nothing when no password is live', () => {
    assert.ok(!isAuthorised(basic('hermes', ''), { username: 'hermes', passwords: [''] }));
    assert.ok(!isAuthorised(basic('hermes', ''), { username: 'hermes', passwords: [] }));
  });

  it('never throws, whatever the header holds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.base64String()), (text) => {
        assert.equal(isAuthorised(text, one), false);
        assert.equal(isAuthorised(`Basic ${text}`, one), false);
      }),
    );
  });
});
