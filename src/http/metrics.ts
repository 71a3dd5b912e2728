import type { FastifyInstance } from 'fastify';

/** What `/metrics` answers with. */
export type RenderMetrics = () => Promise<{ readonly contentType: string; readonly text: string }>;

/** Adds `/metrics`, for Prometheus. It names nobody, and is nobody's business outside: keep it behind the proxy. */
export function addMetricsRoute(server: FastifyInstance, render: RenderMetrics): void {
  server.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await render();
    return reply.headers({ 'content-type': contentType, 'cache-control': 'no-store' }).send(text);
  });
}
