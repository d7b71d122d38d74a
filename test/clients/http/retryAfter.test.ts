import assert from 'node:assert/strict';
import { retryAfterMs } from '../../../clients/http/retryAfter.ts';

describe('clients/http: Retry-After', () => {
  const now = new Date('2026-11-20T12:00:00Z');
  const read = (headers: Record<string, string>) => retryAfterMs(new Headers(headers), now);

  it('reads seconds', () => {
    assert.equal(read({ 'retry-after': '31' }), 31_000);
    assert.equal(read({ 'retry-after': '0' }), 0);
  });

  it('reads an HTTP date by our clock', () => {
    assert.equal(read({ 'retry-after': 'Fri, 20 Nov 2026 12:01:30 GMT' }), 90_000);
  });

  it("reads an HTTP date by the peer's clock when the peer tells its own", () => {
    const headers = { 'retry-after': 'Fri, 20 Nov 2026 12:01:30 GMT', date: 'Fri, 20 Nov 2026 12:01:00 GMT' };
    assert.equal(read(headers), 30_000);
  });

  it('does not go back in time, nor wait longer than a day', () => {
    assert.equal(read({ 'retry-after': 'Fri, 20 Nov 2026 11:00:00 GMT' }), 0);
    assert.equal(read({ 'retry-after': '999999999' }), 86_400_000);
  });

  for (const value of ['', 'soon', '-1', '1e9', 'NaN']) {
    it(`ignores ${JSON.stringify(value)}`, () => {
      assert.equal(read({ 'retry-after': value }), undefined);
    });
  }

  it('is undefined when absent', () => {
    assert.equal(read({}), undefined);
  });
});
