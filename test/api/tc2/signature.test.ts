import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { isSignedBy } from '../../../api/tc2/signature.ts';

const sign = (body: string | Buffer, key: string): string =>
  createHmac('sha256', key).update(body).digest('hex');

/** The cases that the verifiers of Standard Webhooks are held to, as far as a scheme without id and time has them. */
describe('api/tc2/signature', () => {
  const key = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const body = Buffer.from(
    '{"events": [{"action": "EDITED_A_CLIENT", "name": "Zo\\u00eb"}], "request_time": 1}',
  );
  const right = sign(body, key);
  const isSigned = (
    signature: string,
    bytes = body,
    keys: readonly (string | undefined)[] = [key],
  ): boolean => isSignedBy(bytes, signature, keys);

  it('is a known answer (RFC 4231, case 2)', () => {
    const known = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
    assert.ok(isSigned(known, Buffer.from('what do ya want for nothing?'), ['Jefe']));
  });

  it('fits the bytes as they came: empty, not ASCII, not even text, spaced in any way', () => {
    for (const text of ['', ' ', '{}', ' {"a" :1}\r\n', '\ufeff{}', '{"name":"Zoë 🚀"}', 'caf\u0065\u0301']) {
      assert.ok(isSigned(sign(text, key), Buffer.from(text)), JSON.stringify(text));
    }
    const bytes = Buffer.from([0x00, 0xff, 0xfe, 0x80, 0x0a]);
    assert.ok(isSigned(sign(bytes, key), bytes));
  });

  for (const [what, changed] of [
    ['a final line break', Buffer.concat([body, Buffer.from('\n')])],
    ['a byte order mark', Buffer.concat([Buffer.from('\ufeff'), body])],
    ['other spacing', Buffer.from(JSON.stringify(JSON.parse(body.toString())))],
    ['the same letter written out', Buffer.from(body.toString().replace('\\u00eb', 'ë'))],
    ['the last byte missing', body.subarray(0, -1)],
    ['nothing at all', Buffer.alloc(0)],
  ] as const) {
    it(`does not fit a body with ${what}`, () => assert.ok(!isSigned(right, changed)));
  }

  it('does not fit a body, or in itself, with any one bit changed', () => {
    for (let bit = 0; bit < body.length * 8; bit += 1) {
      const changed = Buffer.from(body);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      assert.ok(!isSigned(right, changed), `bit ${bit} of the body`);
    }
    for (let bit = 0; bit < 256; bit += 1) {
      const changed = Buffer.from(right, 'hex');
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      assert.ok(!isSigned(changed.toString('hex')), `bit ${bit} of the signature`);
    }
  });

  for (const [what, signature] of [
    ['empty', ''],
    ['cut short', right.slice(0, 62)],
    ['half of it', right.slice(0, 32)],
    ['one digit short', right.slice(1)],
    ['too long', `${right}00`],
    ['twice', `${right}${right}`],
    ['a list', `${right} ${right}`],
    ['a list with commas', `${right},${right}`],
    ['in capitals', right.toUpperCase()],
    ['with one capital', right.replace(/[a-f]/, (digit) => digit.toUpperCase())],
    ['base64', Buffer.from(right, 'hex').toString('base64')],
    ['base64url', Buffer.from(right, 'hex').toString('base64url')],
    ['the digest as text', Buffer.from(right, 'hex').toString('latin1')],
    ['with the prefix of Standard Webhooks', `v1,${right}`],
    ["with GitHub's prefix", `sha256=${right}`],
    ['with 0x', `0x${right.slice(2)}`],
    ['with a space before', ` ${right}`],
    ['with a line break after', `${right}\n`],
    ['with a zero byte after', `${right}\0`],
    ['in wide digits', right.replaceAll('0', '０')],
    ['not hexadecimal', 'g'.repeat(64)],
    ['SHA-1', createHmac('sha1', key).update(body).digest('hex')],
    ['SHA-512', createHmac('sha512', key).update(body).digest('hex')],
    ['a hash without the key', createHash('sha256').update(body).digest('hex')],
  ] as const) {
    it(`is refused when it is ${what}`, () => assert.ok(!isSigned(signature)));
  }

  it('needs the right key: not one that is longer, shorter, spaced, of other letters, or empty', () => {
    for (const wrong of [
      'another',
      `${key}\n`,
      ` ${key}`,
      key.slice(1),
      key.toLowerCase(),
      `whsec_${key}`,
      '',
    ]) {
      assert.ok(!isSigned(sign(body, wrong)), JSON.stringify(wrong));
    }
    assert.ok(!isSigned(sign(body, 'undefined'), body, [undefined]));
    assert.ok(!isSigned(sign(body, ''), body, ['']));
    assert.ok(!isSigned(right, body, []));
  });

  it('takes two keys while they are changed, in either place, and neither when both are over', () => {
    const [next, last] = ['the-next-key', 'the-last-key'];
    for (const keys of [
      [next, last],
      [last, next],
    ]) {
      assert.ok(isSigned(sign(body, next), body, keys));
      assert.ok(isSigned(sign(body, last), body, keys));
      assert.ok(!isSigned(right, body, keys));
    }
    assert.ok(!isSigned(sign(body, last), body, [next, undefined]));
  });

  it('never throws, whatever the header holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.uint8Array(), (header, bytes) => {
        assert.equal(isSignedBy(Buffer.from(bytes), header, [key]), false);
      }),
    );
  });
});
