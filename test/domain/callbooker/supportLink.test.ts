import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { checkSupportLink, signSupportLink, supportLinkUrl } from '../../../domain/callbooker/supportLink.ts';

const key = 'a signing key';
const link = { adminId: 4, companyId: 7, expires: 1_796_133_600 };
const before = { now: new Date(link.expires * 1000 - 1000), acceptLegacy: true };

describe('domain/callbooker/supportLink', () => {
  it('LNK-01: the link carries what was signed', () => {
    const url = new URL(supportLinkUrl('https://site.example/book', key, link));
    assert.equal(url.pathname, '/book/4/');
    assert.deepEqual(
      ['admin_id', 'company_id', 'e', 's'].map((name) => url.searchParams.get(name)),
      ['4', '7', String(link.expires), signSupportLink(key, link)],
    );
  });

  it('LNK-10, LNK-11: another admin, company, expiry or key does not fit', () => {
    const signature = signSupportLink(key, link);
    assert.equal(checkSupportLink(key, link, signature, before), 'valid');
    fc.assert(
      fc.property(fc.nat(50), fc.nat(50), fc.nat(2_000_000_000), (adminId, companyId, expires) => {
        fc.pre(adminId !== link.adminId || companyId !== link.companyId || expires !== link.expires);
        const other = { adminId, companyId, expires };
        assert.equal(checkSupportLink(key, other, signature, before), 'badSignature');
      }),
    );
    assert.equal(checkSupportLink('another key', link, signature, before), 'badSignature');
    for (const junk of ['', 'é', signature.slice(1), `${signature}0`]) {
      assert.equal(checkSupportLink(key, link, junk, before), 'badSignature');
    }
  });

  it('LNK-12: the signature is checked before the expiry', () => {
    const late = { ...before, now: new Date(link.expires * 1000 + 1000) };
    assert.equal(checkSupportLink(key, link, signSupportLink(key, link), late), 'expired');
    assert.equal(checkSupportLink(key, link, 'wrong', late), 'badSignature');
  });

  it('LNK-16: links of the earlier service count while the setting says so', () => {
    const old = createHash('sha1').update(`${key}:4-7-${link.expires}`).digest('hex');
    assert.equal(checkSupportLink(key, link, old, before), 'valid');
    assert.equal(checkSupportLink(key, link, old, { ...before, acceptLegacy: false }), 'badSignature');
  });
});
