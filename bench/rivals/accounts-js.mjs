/**
 * accounts-js over GraphQL, by Apollo Server 3, on MongoDB by the driver that it asks for: newer versions of either are not
 * for the GraphQL and the driver of its packages.
 *
 * @see https://www.accountsjs.com/docs/transports/graphql
 * @see https://www.accountsjs.com/docs/databases/mongo
 */
import 'reflect-metadata';
import graphqlApi from '@accounts/graphql-api';
import { Mongo } from '@accounts/mongo';
import { AccountsPassword } from '@accounts/password';
import { AccountsServer } from '@accounts/server';
import { mergeResolvers, mergeTypeDefs } from '@graphql-tools/merge';
import { ApolloServer } from 'apollo-server';
import mongodb from 'mongodb-3';

const { MONGODB_URI } = process.env;
const client = await mongodb.MongoClient.connect(MONGODB_URI, { useUnifiedTopology: true });
const accountsMongo = new Mongo(client.db());
await accountsMongo.setupIndexes();
const accountsServer = new AccountsServer(
  { db: accountsMongo, tokenSecret: 'a secret of thirty-two characters, and some more' },
  { password: new AccountsPassword() },
);
const accountsGraphQL = graphqlApi.AccountsModule.forRoot({ accountsServer });

const typeDefs = `
  type Query { myQuery: String }
  type Mutation { myMutation: String }
`;
const resolvers = { Query: { myQuery: () => 'Hello' }, Mutation: { myMutation: () => 'Hello' } };

const apollo = new ApolloServer({
  typeDefs: mergeTypeDefs([typeDefs, accountsGraphQL.typeDefs]),
  resolvers: mergeResolvers([accountsGraphQL.resolvers, resolvers]),
  context: (request) => accountsGraphQL.context(request),
});
const { server } = await apollo.listen({ port: 0, host: '127.0.0.1' });
console.log(`http://127.0.0.1:${server.address().port}`);
