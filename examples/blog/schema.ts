import { AuthError, type ApplicationResolvers, type Principal } from 'latchkey';
import type { Post, Posts } from './posts.js';

export const typeDefs = `
  extend enum Role { EDITOR }

  type Post {
    id: ID!
    title: String!
    body: String!
    "What the author and the editors tell each other."
    notes: String @owner(field: "authorId", orRole: [EDITOR])
    author: User!
  }

  extend type Query {
    posts: [Post!] @public
    drafts: [Post!] @hasRole(anyOf: [EDITOR])
  }

  extend type Mutation {
    writePost(title: String!, body: String!, notes: String): Post @auth
    "Only the author's: the resolver says so, since nobody knows whose it is before it is read."
    editPost(id: ID!, body: String!): Post @auth
    publishPost(id: ID!): Post @hasRole(anyOf: [EDITOR])
  }
`;

/** What the blog adds to the context of each request. */
export interface BlogContext {
  readonly posts: Posts;
}

export const resolvers: ApplicationResolvers<BlogContext> = {
  Query: {
    posts: (_source, _arguments, { posts }) => posts.listPublished(),
    drafts: (_source, _arguments, { posts }) => posts.listDrafts(),
  },
  Mutation: {
    writePost: (_source, { title, body, notes = null }: WriteArguments, { posts, principal }) =>
      posts.add({ title, body, notes, authorId: viewerOf(principal).userId }),
    editPost: (_source, { id, body }: EditArguments, { posts, principal }) => {
      const post = get(posts, id);
      if (post.authorId !== viewerOf(principal).userId) throw new AuthError('FORBIDDEN');
      return posts.change(post, { body });
    },
    publishPost: (_source, { id }: EditArguments, { posts }) => posts.change(get(posts, id), { isPublished: true }),
  },
  Post: {
    // Latchkey's own type: its fields are guarded however the user was reached.
    author: ({ authorId }: Post) => ({ id: authorId }),
  },
};

type WriteArguments = Pick<Post, 'title' | 'body'> & { readonly notes?: string | null };
type EditArguments = Pick<Post, 'id' | 'body'>;

function get(posts: Posts, id: string): Post {
  const post = posts.find(id);
  if (post === null) throw new AuthError('NOT_FOUND');
  return post;
}

/** The rule of the field has let in nobody but a signed-in viewer. */
function viewerOf(principal: Principal | null): Principal {
  if (principal === null) throw new AuthError('UNAUTHENTICATED');
  return principal;
}
