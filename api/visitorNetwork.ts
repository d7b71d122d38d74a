/** Whom a limit per address counts. */
import { isIPv6 } from 'node:net';

/** The eight groups of an IPv6 address in the form that WHATWG URLs give it: lower case, `::` for the longest run of zeros. */
const groupsOf = (canonical: string): string[] => {
  const [start, end] = canonical.split('::');
  const groups = (text: string | undefined): string[] =>
    text === undefined || text === '' ? [] : text.split(':');
  const [before, after] = [groups(start), groups(end)];
  return [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
};

const withoutPort = (address: string): string =>
  /^\[(.*)\](?::\d+)?$/.exec(address)?.[1] ?? /^([\d.]+):\d+$/.exec(address)?.[1] ?? address;

/**
 * The network that an address stands for: an IPv4 address itself, of an IPv6 address the first 64 bits, because a visitor has all
 * the addresses below them (RFC 4291, section 2.5.4).
 *
 * @param address as a socket or a proxy names it, perhaps with a port or a zone; an IPv4 address perhaps in IPv6's form
 */
export const visitorNetwork = (address: string): string => {
  const [bare = ''] = withoutPort(address.trim()).split('%');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(bare)) return bare;
  const canonical = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  return `${groupsOf(canonical).slice(0, 4).join(':')}::/64`;
};
