export const typeDefs = /* GraphQL */ `
  extend enum Role {
    EDITOR
  }

  type Story {
    id: ID!
    title: String!
    byline: String!
    text: String!
  }

  extend type Query {
    stories: [Story!] @public
    drafts: [Story!] @hasRole(anyOf: [EDITOR, ADMIN])
  }

  extend type Mutation {
    publish(id: ID!): Story @hasRole(anyOf: [EDITOR, ADMIN])
  }
`;
