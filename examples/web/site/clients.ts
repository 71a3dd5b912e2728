import { ApolloClient, HttpLink, InMemoryCache } from '@apollo/client';
import { createAuthClient } from 'latchkey/client';
import { createAuthLink } from 'latchkey/client/apollo';

/** One a page. Tokens are in cookies that no script can read. */
export const auth = createAuthClient({ url: '/graphql' });

export const apollo = new ApolloClient({
  cache: new InMemoryCache(),
  link: createAuthLink(auth).concat(new HttpLink({ uri: '/graphql' })),
});
