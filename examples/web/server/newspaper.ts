import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createAuthServer, getServerSession, refreshRedirect } from 'latchkey';
import { renderProfile } from './profile.js';
import { createStories } from './stories.js';
import { typeDefs } from './type-defs.js';

/** The newspaper's server, listening. */
export interface Newspaper {
  readonly origin: string;
  close(): Promise<void>;
}

export interface NewspaperOptions {
  readonly port: number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** GraphQL, and one page that is rendered here, by the same cookies. */
export async function startNewspaper({ port, env }: NewspaperOptions): Promise<Newspaper> {
  const stories = createStories();
  const auth = await createAuthServer({
    ...{ typeDefs, env, coverage: 'required' },
    resolvers: {
      Query: { stories: () => stories.published(), drafts: () => stories.drafts() },
      Mutation: { publish: (_source: unknown, { id }: { readonly id: string }) => stories.publish(id) },
    },
  });
  const app = express();
  app.use(auth.handler);
  app.get('/profile', async (request, response) => {
    const refreshUrl = await refreshRedirect(request);
    if (refreshUrl !== null) response.redirect(303, refreshUrl);
    else
      response
        .set('cache-control', 'no-store')
        .type('html')
        .send(renderProfile(await getServerSession(request)));
  });
  const server = createServer(app);
  server.listen(port, 'localhost');
  await once(server, 'listening');
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await auth.close();
    },
  };
}
