import type { FastifyInstance } from 'fastify';
import type { PublicJwk } from '../domain/signing-key.js';

const MAX_AGE_SECONDS = 300;

/** Adds the public halves of the signing keys, for services that verify access tokens by themselves. RFC 7517. */
export function addJwksRoute(server: FastifyInstance, publicJwks: () => PublicJwk[]): void {
  server.get('/.well-known/jwks.json', async (_request, reply) => {
    void reply.headers({
      'cache-control': `public, max-age=${MAX_AGE_SECONDS}`,
      'content-type': 'application/jwk-set+json',
      // Public, and of no use to a page that it would not have anyway.
      'access-control-allow-origin': '*',
    });
    return JSON.stringify({ keys: publicJwks() });
  });
}
