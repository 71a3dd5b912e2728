import type { FastifyInstance } from 'fastify';

/** Adds `/healthz` (this process answers) and `/readyz` (its store does too). */
export function addHealthRoutes(server: FastifyInstance, ping: () => Promise<void>): void {
  server.get('/healthz', async (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }));

  server.get('/readyz', async (request, reply) => {
    void reply.header('cache-control', 'no-store');
    try {
      await ping();
      return await reply.send({ status: 'ready', store: 'reachable' });
    } catch (error) {
      request.log.warn({ err: error }, 'the store does not answer');
      return reply.code(503).header('retry-after', '1').send({ status: 'not ready', store: 'unreachable' });
    }
  });
}
