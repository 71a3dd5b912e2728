/**
 * A sign-in over HTTP that is little else than its hash: node:http, and one check of a password by argon2id, as many at once as there are
 * cores. No account is looked for, and nothing is written.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import pLimit from 'p-limit';

const PASSWORD = 'correct horse battery';
const passwordHash = await hash(PASSWORD, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
const limit = pLimit(availableParallelism());

async function answer(text: string): Promise<string> {
  const { variables } = JSON.parse(text) as { readonly variables: { readonly input: { readonly password: string } } };
  const isRight = await limit(() => verify(passwordHash, variables.input.password));
  return JSON.stringify({ data: { signIn: isRight ? { user: { id: 'aaaaaaaaaaaaaaaaaaaaaa' } } : null } });
}

const server = createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8').on('data', (part: string) => (text += part));
  request.on('end', () => {
    answer(text).then(
      (body) => response.setHeader('content-type', 'application/json').end(body),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
});
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
