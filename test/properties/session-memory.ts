/** What a client remembers of the answers that it saw, and what a thief or a broken client makes of it. */
import { randomBytes } from 'node:crypto';
import type { Which } from './session-actions.js';

export interface Pair {
  readonly session: string;
  readonly user: string;
  readonly generation: number;
  readonly refreshToken: string;
  readonly accessToken: string;
}

/** The pair that is meant, of the session seen last; its oldest where the memory does not go back so far. */
export function pick(seen: readonly Pair[], which: Which): Pair | null {
  const memory = seen.filter(({ session }) => session === seen.at(-1)?.session);
  const back = which === 'before' ? 2 : which === 'older' ? 3 : 1;
  return memory.at(-back) ?? memory[0] ?? null;
}

/** The token as it is sent: as it was given, or made up. Without any, something that only looks like one. */
export function forge(token: string | null, which: Which): string {
  if (token === null) return `lkr_${randomBytes(68).toString('base64url')}`;
  if (which === 'truncated') return token.slice(0, -3);
  if (which !== 'forged') return token;
  const bytes = Buffer.from(token.slice(4), 'base64url');
  const at = randomBytes(1).readUInt8() % bytes.length;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return `lkr_${bytes.toString('base64url')}`;
}
