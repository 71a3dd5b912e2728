import type { IncomingMessage } from 'node:http';
import proxyAddr from '@fastify/proxy-addr';

/** Whose `X-Forwarded-For` counts: nobody's, that of so many hops before us, or that of these addresses and networks. */
export type TrustProxy = false | number | readonly string[];

/** Says which hops before us are trusted. */
export type TrustFunction = (address: string, hop: number) => boolean;

/** The address that a request came from. */
export type AddressOf = (request: IncomingMessage) => string;

/** Proxies by count are the last so many hops before us. */
export function toTrustFunction(trustProxy: Exclude<TrustProxy, false>): TrustFunction {
  return typeof trustProxy === 'number' ? (_address, hop) => hop < trustProxy : proxyAddr.compile([...trustProxy]);
}

export function createAddressOf(trustProxy: TrustProxy): AddressOf {
  // A connection that is gone has none.
  if (trustProxy === false) return ({ socket }) => socket.remoteAddress ?? '';
  const trust = toTrustFunction(trustProxy);
  return (request) => proxyAddr(request, trust);
}
