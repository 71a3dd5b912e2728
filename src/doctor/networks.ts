import ipaddr from 'ipaddr.js';

/** What is longer is the network of somebody, not of everybody: nobody runs more proxies than 10.0.0.0/8 has addresses. */
const SHORTEST_IPV4_PREFIX = 8;
/** The largest that one organization was given; registries of a continent have shorter ones. */
const SHORTEST_IPV6_PREFIX = 16;

/** Where all of IPv4 lies within IPv6. RFC 4291 section 2.5.5.2. */
const MAPPED_BITS = 96;
const MAPPED = ipaddr.IPv6.parse('::ffff:0:0');

/** Of no stranger, however wide: unique local addresses (RFC 4193) and those of the link (RFC 4291 section 2.5.6). */
const OWN = [ipaddr.IPv6.parseCIDR('fc00::/7'), ipaddr.IPv6.parseCIDR('fe80::/10')] as const;

/** Whether an address, or a network such as `10.0.0.0/8`, holds addresses of strangers without number. */
export function isWideNetwork(network: string): boolean {
  const [text = '', bits] = network.split('/');
  const address = ipaddr.parse(text);
  if (address instanceof ipaddr.IPv4) return Number(bits ?? 32) < SHORTEST_IPV4_PREFIX;
  const prefix = Number(bits ?? 128);
  // A client of IPv4 is looked for by both of its addresses.
  if (prefix <= MAPPED_BITS && MAPPED.match(address, prefix)) return true;
  if (address.isIPv4MappedAddress()) return prefix - MAPPED_BITS < SHORTEST_IPV4_PREFIX;
  const isOwn = OWN.some(([own, ownBits]) => prefix >= ownBits && address.match(own, ownBits));
  return !isOwn && prefix < SHORTEST_IPV6_PREFIX;
}
