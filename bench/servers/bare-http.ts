/** Apollo Server on node:http with as little as it takes, without any authentication. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApolloServer, HeaderMap } from '@apollo/server';
import { resolvers, typeDefs } from './viewer-schema.js';

const apollo = new ApolloServer({ typeDefs, resolvers });
await apollo.start();

async function answer(text: string, given: NodeJS.Dict<string | string[]>) {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(given)) if (typeof value === 'string') headers.set(name, value);
  return apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method: 'POST', headers, search: '', body: JSON.parse(text) as unknown },
    context: async () => ({}),
  });
}

const server = createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8').on('data', (part: string) => (text += part));
  request.on('end', () => {
    void answer(text, request.headers).then(({ status, headers, body }) => {
      if (body.kind !== 'complete') throw new TypeError('an answer in parts');
      for (const [name, value] of headers) response.setHeader(name, value);
      response.statusCode = status ?? 200;
      response.end(body.string);
    });
  });
});
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
