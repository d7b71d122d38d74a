/**
 * Signed links with which a customer books a support call. What is signed: admin, company and expiry.
 *
 * Links are signed with HMAC-SHA256. The service that Hermes took over signed with SHA-1 over `key:admin-company-expiry`; its
 * links live for a few days and are accepted while the setting says so.
 */
import { createHash, createHmac } from 'node:crypto';
import { isSameSecret } from '../values/sameSecret.ts';

export interface SupportLink {
  adminId: number;
  companyId: number;
  /** Epoch seconds. */
  expires: number;
}

const signedText = (link: SupportLink): string => `${link.adminId}-${link.companyId}-${link.expires}`;

/** Lower-case hexadecimal. The purpose is part of what is signed, so that no other signature of the same key fits here. */
export const signSupportLink = (key: string, link: SupportLink): string =>
  createHmac('sha256', key)
    .update(`support-link:${signedText(link)}`)
    .digest('hex');

/** As the earlier service signed. Only to check, never to make. */
const legacySignature = (key: string, link: SupportLink): string =>
  createHash('sha1')
    .update(`${key}:${signedText(link)}`)
    .digest('hex');

export type LinkVerdict = 'valid' | 'badSignature' | 'expired';

/** The signature first, then the expiry (LNK-10 to LNK-12). */
export const checkSupportLink = (
  key: string,
  link: SupportLink,
  signature: string,
  options: { now: Date; acceptLegacy: boolean },
): LinkVerdict => {
  const given = signature.trim().toLowerCase();
  const fits =
    isSameSecret(given, signSupportLink(key, link)) ||
    (options.acceptLegacy && isSameSecret(given, legacySignature(key, link)));
  if (!fits) return 'badSignature';
  return options.now.getTime() > link.expires * 1000 ? 'expired' : 'valid';
};

/** The link that is handed out (LNK-01). @param baseUrl address of the booking pages */
export const supportLinkUrl = (baseUrl: string, key: string, link: SupportLink): string => {
  const query = new URLSearchParams({
    s: signSupportLink(key, link),
    admin_id: String(link.adminId),
    company_id: String(link.companyId),
    e: String(link.expires),
  });
  return `${baseUrl}/${link.adminId}/?${query.toString()}`;
};
