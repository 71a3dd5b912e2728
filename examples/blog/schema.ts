import { AuthError, type GraphQLContext } from 'latchkey';
import type { Resolvers } from './generated.js';
import type { Post, Posts } from './posts.js';

/** What the blog adds to the context of each request. */
export interface BlogContext {
  readonly posts: Posts;
}

export type Context = GraphQLContext & BlogContext;

// `generated.ts` knows which fields only a signed-in viewer reaches: `principal` is not null there.
export const resolvers: Resolvers = {
  Query: {
    posts: (_source, _arguments, { posts }) => posts.listPublished(),
    drafts: (_source, _arguments, { posts }) => posts.listDrafts(),
  },
  Mutation: {
    writePost: (_source, { title, body, notes = null }, { posts, principal }) =>
      posts.add({ title, body, notes, authorId: principal.userId }),
    editPost: (_source, { id, body }, { posts, principal }) => {
      const post = get(posts, id);
      if (post.authorId !== principal.userId) throw new AuthError('FORBIDDEN');
      return posts.change(post, { body, edits: post.edits + 1 });
    },
    publishPost: (_source, { id }, { posts }) => posts.change(get(posts, id), { isPublished: true }),
  },
  Post: {
    // Latchkey's own type: its fields are guarded however the user was reached.
    author: ({ authorId }) => ({ id: authorId }),
  },
};

function get(posts: Posts, id: string): Post {
  const post = posts.find(id);
  if (post === null) throw new AuthError('NOT_FOUND');
  return post;
}
