export const typeDefs = `
  extend enum Role { EDITOR }

  type Post {
    id: ID!
    title: String!
    body: String!
    "What the author and the editors tell each other."
    notes: String @owner(field: "authorId", orRole: [EDITOR])
    "How often the author changed it."
    edits: Int @hasPermission(anyOf: ["post:history"])
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
    publishPost(id: ID!): Post @hasPermission(anyOf: ["post:publish"])
  }
`;
