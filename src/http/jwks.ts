import type { FastifyInstance } from 'fastify';
import type { PublishedKeys } from '../domain/signing-key-view.js';

/** Adds the public halves of the signing keys, for services that verify access tokens by themselves. RFC 7517. */
export function addJwksRoute(server: FastifyInstance, publicJwks: () => PublishedKeys): void {
  server.get('/.well-known/jwks.json', async (_request, reply) => {
    const { keys, maxAgeSeconds } = publicJwks();
    void reply.headers({
      'cache-control': `public, max-age=${maxAgeSeconds}`,
      'content-type': 'application/jwk-set+json',
      // Public, and of no use to a page that it would not have anyway.
      'access-control-allow-origin': '*',
    });
    return JSON.stringify({ keys });
  });
}
