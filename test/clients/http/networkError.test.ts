import assert from 'node:assert/strict';
import { errorCodeOf, wasSurelyNotSent } from '../../../clients/http/networkError.ts';

const systemError = (code: string): Error => Object.assign(new Error(code), { code });

describe('clients/http: what a network error says', () => {
  for (const code of ['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT']) {
    it(`${code}: surely not sent`, () => {
      const error = systemError(code);
      assert.equal(wasSurelyNotSent(error), true);
      assert.equal(errorCodeOf(error), code);
    });
  }

  for (const code of ['ECONNRESET', 'UND_ERR_SOCKET', 'EPIPE', 'UND_ERR_HEADERS_TIMEOUT']) {
    it(`${code}: may have been sent`, () => {
      assert.equal(wasSurelyNotSent(systemError(code)), false);
    });
  }

  it('a host of several addresses was not reached only when none of them was', () => {
    const all = new AggregateError([systemError('ECONNREFUSED'), systemError('ENETUNREACH')]);
    const some = new AggregateError([systemError('ECONNREFUSED'), systemError('ECONNRESET')]);
    assert.equal(wasSurelyNotSent(all), true);
    assert.equal(wasSurelyNotSent(some), false);
  });

  it('an unknown error may have been sent', () => {
    assert.equal(wasSurelyNotSent(new Error('?')), false);
    assert.equal(wasSurelyNotSent(undefined), false);
    assert.equal(errorCodeOf('text'), undefined);
  });
});
