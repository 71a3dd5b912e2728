import type { FastifyInstance } from 'fastify';
import type { Listener } from './handler.js';
import { rememberServer, type SessionServer } from './session-servers.js';

export interface FastifyPluginOptions {
  readonly paths: readonly string[];
  readonly listener: Listener;
  readonly sessions: SessionServer;
}

/**
 * Serves our paths within another Fastify: its hooks run before ours, with the headers that they add; its body parsers
 * do not, and its errors are its own. Every request to it is remembered, for `requireSession`.
 */
export async function addToFastify(
  host: FastifyInstance,
  { paths, listener, sessions }: FastifyPluginOptions,
  prefix: string,
): Promise<void> {
  host.addHook('onRequest', async ({ raw }) => rememberServer(raw, sessions));

  await host.register(
    async (ours) => {
      ours.removeAllContentTypeParsers();
      // The body is left where it is, to be read once.
      ours.addContentTypeParser('*', (_request, _payload, done) => done(null));
      for (const path of paths) {
        ours.all(path, (request, reply) => {
          // What is hijacked is sent without the headers that hooks have given the reply.
          for (const [name, value] of Object.entries(reply.getHeaders())) {
            if (value !== undefined) reply.raw.setHeader(name, value);
          }
          reply.hijack();
          request.raw.url = request.raw.url?.slice(ours.prefix.length);
          listener(request.raw, reply.raw);
        });
      }
    },
    { prefix },
  );
}
