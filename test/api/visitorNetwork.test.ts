import assert from 'node:assert/strict';
import { visitorNetwork } from '../../api/visitorNetwork.ts';

describe('api/visitorNetwork', () => {
  for (const [network, addresses] of [
    ['192.0.2.1', ['192.0.2.1', ' 192.0.2.1 ', '192.0.2.1:51234', '::ffff:192.0.2.1', '::FFFF:192.0.2.1']],
    ['192.0.2.2', ['192.0.2.2']],
    [
      '2001:db8:0:1::/64',
      ['2001:db8:0:1::1', '2001:DB8:0:1:ffff::', '2001:0db8:0000:0001:1:2:3:4', '[2001:db8:0:1::7]:443'],
    ],
    ['2001:db8:0:2::/64', ['2001:db8:0:2::1']],
    ['0:0:0:0::/64', ['::1', '::']],
    ['fe80:0:0:0::/64', ['fe80::1%eth0']],
    ['', ['']],
    ['unknown', ['unknown']],
  ] as const) {
    it(`${network || 'nothing'}: ${addresses.join(', ')}`, () => {
      for (const address of addresses) assert.equal(visitorNetwork(address), network, address);
    });
  }
});
