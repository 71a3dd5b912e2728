import { GraphQLScalarType } from 'graphql';
import type { DirectiveServerOptions } from './directive-server.js';

/** An application with a rule of every kind in every place. */
const TYPE_DEFS = [
  `
  scalar JSON
  interface Node { id: ID! }
  interface Confidential implements Node @hasRole(anyOf: ADMIN) { id: ID! note: String }
  type Vault implements Node & Confidential { id: ID! note: String }
  type Post implements Node {
    id: ID! title: String author: Author comments: [[Comment!]!]!
    body(raw: Boolean @hasRole(anyOf: ADMIN)): String @hasRole(anyOf: [EDITOR, ADMIN])
    views: Int @hasPermission(anyOf: "post:audit")
    slug: String @auth
  }
  type Author implements Node @owner(field: "userId", orRole: [ADMIN]) { id: ID! email: String }
  type Comment implements Node { id: ID! text: String ip: String @hasRole(anyOf: ADMIN) }
  union Found = Post | Vault | Comment
  union Private @hasRole(anyOf: ADMIN) = Post | Vault
  input PostFilter {
    text: String drafts: Boolean @hasRole(anyOf: ADMIN) and: [PostFilter!] not: PostFilter meta: JSON @hasPermission(anyOf: "post:audit")
  }
  extend type Query {
    posts(filter: PostFilter, filters: [PostFilter!], hidden: Boolean @hasRole(anyOf: ADMIN)): [Post] @public
    nodes: [Node] @public
    found: [Found] @public
    private: Private @public
    author: Author @public
    secret: String @hasRole(anyOf: ADMIN)
    audit: String @hasPermission(anyOf: ["post:audit"])
    raw(meta: JSON @hasRole(anyOf: ADMIN)): JSON @public
    broken: String @auth
  }`,
  `
  extend type Post { history: String @auth }
  extend type Post @auth(maxAgeSeconds: 3600) { revisions: Int }
  extend type Mutation {
    count(by: Int): Int @public
    purge(hard: Boolean @hasRole(anyOf: ADMIN), filter: PostFilter): Int @public
    wipe: Int @hasRole(anyOf: ADMIN)
    publish: Found @public
    pay: Int @auth(maxAgeSeconds: 60)
  }`,
];

/** Posts are for anyone who is signed in: what is open is reached by these. */
const OPEN = `
  type Page implements Node {
    id: ID! title: String comments: [[Comment!]!]! body(raw: Boolean @hasRole(anyOf: ADMIN)): String @hasRole(anyOf: ADMIN)
    parent: Page notes: [Node!]
  }
  interface Sealed { id: ID! seal: String @hasRole(anyOf: ADMIN) lock(with: String @hasRole(anyOf: ADMIN)): Node }
  interface Marked { id: ID! seal: String lock(with: String): Node }
  type Parcel implements Node & Sealed & Marked { id: ID! seal: String lock(with: String): Page }
  extend type Query { page: Page @public pages: [Page!] @public }
  extend type Mutation { page: Page @public send: Node @public }`;

/** The resolvers of the application, which write down that they ran. */
export function createBlog(): DirectiveServerOptions & { readonly ran: string[] } {
  const ran: string[] = [];
  const record =
    <Value>(coordinate: string, value: Value) =>
    (): Value => {
      ran.push(coordinate);
      return value;
    };
  const onType = (type: string, values: Record<string, unknown>): Record<string, () => unknown> =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, record(`${type}.${name}`, value)]));
  const post = { __typename: 'Post', id: 'p1' };
  const vault = { __typename: 'Vault', id: 'v1' };
  const comment = { __typename: 'Comment', id: 'c1' };
  const page = { __typename: 'Page', id: 'g1' };
  const parcel = { __typename: 'Parcel', id: 'b1', seal: 'the-seal', lock: page };
  const everything = [page, comment, vault, { __typename: 'Author', id: 'a1', userId: 'nobody' }];
  return {
    ran,
    typeDefs: [...TYPE_DEFS, OPEN],
    resolvers: {
      JSON: new GraphQLScalarType({ name: 'JSON' }),
      Query: {
        ...onType('Query', { posts: [post], nodes: everything, found: [comment, vault, post], private: vault }),
        ...onType('Query', {
          author: { id: 'a1', userId: 'nobody' },
          secret: 'the-secret',
          audit: 'the-audit',
          raw: 1,
        }),
        ...onType('Query', { page, pages: [page, page] }),
        broken: () => {
          ran.push('Query.broken');
          throw new Error('hunter2 at /srv/secret.ts');
        },
      },
      Mutation: onType('Mutation', { count: 1, purge: 2, wipe: 3, publish: vault, pay: 4, page, send: parcel }),
      Post: onType('Post', {
        title: 't',
        body: 'b',
        comments: [[comment]],
        views: 1,
        slug: 's',
        history: 'h',
        revisions: 1,
      }),
      Page: onType('Page', {
        title: 't',
        body: 'the-body',
        comments: [[comment], [comment]],
        parent: page,
        notes: everything,
      }),
      Author: onType('Author', { email: 'the-email' }),
      Comment: onType('Comment', { text: 'x', ip: 'the-ip' }),
      Vault: onType('Vault', { note: 'the-note' }),
    },
  };
}
