import ipaddr from 'ipaddr.js';

const UNKNOWN = 'unknown';
/** Some proxies write the client's port behind its address. */
const WITH_PORT = /^(?:\[(?<v6>[^\]]*)\]|(?<v4>[^:]*))(?::\d+)?$/;
/** What one customer of a provider has for himself at least, and changes addresses within. RFC 6177. */
const IPV6_PREFIX_BITS = 64;

/**
 * What the tries of one client are counted by: an IPv4 address, also one that is mapped into IPv6 (RFC 4291 section
 * 2.5.5.2; RFC 6052), or the /64 of an IPv6 address. All that is no address is one: a text that a client can choose
 * must not begin a count of its own.
 */
export function clientNetwork(ipAddress: string | null): string {
  const { v4, v6 } = WITH_PORT.exec(ipAddress ?? '')?.groups ?? {};
  const text = v6 ?? v4 ?? ipAddress ?? '';
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return text;
  if (!ipaddr.IPv6.isValid(text)) return UNKNOWN;
  const address = ipaddr.IPv6.parse(text);
  const bytes = address.toByteArray();
  if (address.isIPv4MappedAddress() || address.range() === 'rfc6052') return bytes.slice(-4).join('.');
  const network = new ipaddr.IPv6(bytes.map((byte, index) => (index < IPV6_PREFIX_BITS / 8 ? byte : 0)));
  return `${network.toString()}/${IPV6_PREFIX_BITS}`;
}
