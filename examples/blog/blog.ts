import express, { type Express } from 'express';
import { createAuthServer, requireSession, type AuthServer } from 'latchkey';
import { createPosts, type Posts } from './posts.js';
import { resolvers, type BlogContext } from './schema.js';
import { typeDefs } from './type-defs.js';

/** A blog: GraphQL and REST in one Express program, by one session. */
export interface Blog {
  readonly app: Express;
  readonly auth: AuthServer;
}

/** Puts the blog together, not listening. */
export async function createBlog(env: Readonly<Record<string, string>> = {}): Promise<Blog> {
  const posts = createPosts();
  const auth = await createAuthServer<BlogContext>({
    ...{ typeDefs, resolvers, env },
    context: () => ({ posts }),
    // A field that somebody forgot to give a rule stops the start.
    coverage: 'required',
    onEvent(event) {
      if (event.type === 'session.theft') console.warn(`a stolen token was used: user ${event.userId} is signed out`);
    },
  });
  const app = express();
  app.use(express.json());
  app.use(auth.handler);
  addRoutes(app, posts);
  return { app, auth };
}

/** REST beside GraphQL: the same cookies or `Authorization` header, the same codes. */
function addRoutes(app: Express, posts: Posts): void {
  app.get('/feed.json', (_request, response) => {
    response.json(posts.listPublished().map(({ id, title }) => ({ id, title })));
  });
  app.get('/drafts.csv', requireSession({ anyOf: ['EDITOR'] }), (_request, response) => {
    response.type('csv').send(
      posts
        .listDrafts()
        .map(({ id }) => `${id}\n`)
        .join(''),
    );
  });
  app.get('/mine.json', requireSession(), ({ principal }, response) => {
    const mine = [...posts.listPublished(), ...posts.listDrafts()].filter(
      ({ authorId }) => authorId === principal?.userId,
    );
    response.json(mine);
  });
}
