import type { FastifyInstance } from 'fastify';

export interface HealthOptions {
  /** Resolves while the store answers. */
  readonly ping: () => Promise<void>;
  /** Whether this server learns of revocations, so that it can verify access tokens without the store. */
  readonly isFeedFresh: () => boolean;
  /** Whether the audit log takes entries. */
  readonly isAuditLogTaking: () => boolean;
  /** Whether this server is about to stop: it serves, and wants nothing new. */
  readonly isStopping: () => boolean;
}

/**
 * Adds `/healthz` (this process answers) and `/readyz` (its store does too, its revocation feed is fresh, its audit log
 * takes entries, and it is not about to stop).
 */
export function addHealthRoutes(server: FastifyInstance, options: HealthOptions): void {
  const { ping, isFeedFresh, isAuditLogTaking, isStopping } = options;
  server.get('/healthz', async (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }));

  server.get('/readyz', async (request, reply) => {
    void reply.header('cache-control', 'no-store');
    if (isStopping()) return reply.code(503).header('retry-after', '1').send({ status: 'stopping' });
    const store = await ping().then(
      () => 'reachable',
      (error: unknown) => {
        request.log.warn({ err: error }, 'the store does not answer');
        return 'unreachable';
      },
    );
    const revocationFeed = isFeedFresh() ? 'fresh' : 'stale';
    const auditLog = isAuditLogTaking() ? 'writable' : 'refusing';
    const state = { store, revocationFeed, auditLog };
    if (store === 'reachable' && revocationFeed === 'fresh' && auditLog === 'writable') {
      return reply.send({ status: 'ready', ...state });
    }
    return reply
      .code(503)
      .header('retry-after', '1')
      .send({ status: 'not ready', ...state });
  });
}
