import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * Calls back once for each request, when its answer is sent; where the client is gone before that, when what ran for it is
 * done. Of those Fastify's own `onResponse` never tells.
 */
export function addEndHook(
  server: FastifyInstance,
  listener: (request: FastifyRequest, reply: FastifyReply) => void,
): void {
  const ends = new WeakMap<FastifyRequest, { isAnswered: boolean; isOver: boolean }>();

  server.addHook('onRequest', (request, reply, done) => {
    const { raw } = reply;
    const end = { isAnswered: false, isOver: false };
    ends.set(request, end);
    raw.once('close', () => {
      // Another server before us may have answered.
      if (!end.isAnswered && !raw.writableEnded) return;
      end.isOver = true;
      listener(request, reply);
    });
    done();
  });

  server.addHook('onSend', (request, reply, _payload, done) => {
    const end = ends.get(request);
    if (end !== undefined) end.isAnswered = true;
    if (end?.isOver === false && reply.raw.closed) {
      end.isOver = true;
      listener(request, reply);
    }
    done();
  });
}
