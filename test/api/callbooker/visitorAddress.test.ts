import assert from 'node:assert/strict';
import { openDoor } from './support.ts';

describe('the address that limits count', () => {
  const cancel = '/callbooker/meeting/9d3b0a52-6f5e-4a53-9f0e-3d6a2b1c4e5f/cancel/';

  for (const [proxies, what, tries] of [
    [
      '0',
      'is the connection’s own: a header that anybody can write changes nothing',
      [
        ['192.0.2.1', 403],
        ['192.0.2.2', 429],
        ['', 429],
      ],
    ],
    [
      '1',
      'is the one that our proxy added: what a visitor wrote before it changes nothing',
      [
        ['192.0.2.1', 403],
        ['198.51.100.7, 192.0.2.1', 429],
        ['192.0.2.2', 403],
        ['192.0.2.1, 192.0.2.2', 429],
        ['2001:db8::1', 403],
        ['2001:db8::2', 429],
        ['2001:db8:0:1::1', 403],
      ],
    ],
  ] as const) {
    it(what, async () => {
      const door = await openDoor({ settings: { BOOKING_MAX_PER_IP: '1', TRUST_PROXY: proxies } });
      try {
        for (const [forwarded, status] of tries) {
          const headers: Record<string, string> = forwarded === '' ? {} : { 'x-forwarded-for': forwarded };
          assert.equal((await door.post(cancel, { s: 'wrong' }, headers)).status, status, forwarded);
        }
      } finally {
        await door.stop();
      }
    });
  }
});
