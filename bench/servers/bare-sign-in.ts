/**
 * A sign-in over HTTP that is little else than its hash: node:http, and one check of a password by argon2id, as many at
 * once as there are cores. No account is looked for, and nothing is written.
 */
import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import pLimit from 'p-limit';
import { servePlainly } from './plain-server.js';

const PASSWORD = 'correct horse battery';
const passwordHash = await hash(PASSWORD, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
const limit = pLimit(availableParallelism());

async function answer(text: string): Promise<string> {
  const { variables } = JSON.parse(text) as { readonly variables?: { readonly input: { readonly password: string } } };
  if (variables === undefined) return JSON.stringify({ data: { viewer: { id: 'aaaaaaaaaaaaaaaaaaaaaa', roles: [] } } });
  const isRight = await limit(() => verify(passwordHash, variables.input.password));
  return JSON.stringify({ data: { signIn: isRight ? { user: { id: 'aaaaaaaaaaaaaaaaaaaaaa' } } : null } });
}

servePlainly(answer);
