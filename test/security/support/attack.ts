import { expect } from '@jest/globals';
import { readAnswer, type Answer } from '../../support/client.js';
import type { createBlog } from './blog.js';
import type { DirectiveServer } from './directive-server.js';

export type Who = 'anonymous' | keyof DirectiveServer['people'];

/** A request that is after something which `as` may not have. */
export interface Attack {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
  /** Default: nobody in particular. */
  readonly as?: Who;
  /** The resolver that must not run, as `Type.field`. */
  readonly after?: string;
  /** What must not be in the answer's data. */
  readonly hidden?: RegExp;
  /** Nothing at all may run. */
  readonly isWhole?: boolean;
  readonly code: string;
  /** Who gets what it is after: the control. */
  readonly allowed?: Who;
}

export interface Target {
  readonly server: DirectiveServer;
  readonly blog: ReturnType<typeof createBlog>;
}

export type Send = (target: Target, attack: Attack, who: Who) => Promise<Answer>;

export const tokenOf = ({ server }: Target, who: Who): string | null =>
  who === 'anonymous' ? null : server.people[who].token;

export const post: Send = (target, { query, variables, operationName }, who) =>
  target.server.client().ask(query, {
    token: tokenOf(target, who),
    ...(variables && { variables }),
    ...(operationName !== undefined && { operationName }),
  });

/** As a link would, with what Apollo wants of those that no page can make. */
export const get: Send = async (target, { query, variables, operationName }, who) => {
  const parameters = new URLSearchParams({ query, variables: JSON.stringify(variables ?? {}) });
  if (operationName !== undefined) parameters.set('operationName', operationName);
  const token = tokenOf(target, who);
  const headers = { 'apollo-require-preflight': '1', ...(token !== null && { authorization: `Bearer ${token}` }) };
  return readAnswer(await target.server.client().fetch(`/graphql?${parameters.toString()}`, { headers }));
};

/** The attack must fail with nothing run, and whoever may have it must get it by the same request. */
export async function expectRefused(target: Target, attack: Attack, send: Send = post): Promise<void> {
  const { as = 'anonymous', after, hidden, isWhole = false, code, allowed = 'admin' } = attack;
  const { ran } = target.blog;
  ran.length = 0;
  const refused = await send(target, attack, as);
  expect(codesOf(refused)).toContain(code);
  if (isWhole) expect({ ran, data: refused.body.data }).toEqual({ ran: [], data: undefined });
  if (after !== undefined) expect(ran).not.toContain(after);
  if (hidden !== undefined) expect(JSON.stringify(refused.body.data ?? null)).not.toMatch(hidden);

  ran.length = 0;
  const granted = await send(target, attack, allowed);
  expect(codesOf(granted)).toEqual([]);
  if (after !== undefined) expect(ran).toContain(after);
  if (hidden !== undefined) expect(JSON.stringify(granted.body.data)).toMatch(hidden);
}

/** The codes of an answer, in order. */
export const codesOf = ({ body }: Answer): unknown[] => (body.errors ?? []).map(({ extensions }) => extensions['code']);
