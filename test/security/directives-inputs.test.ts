import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createBlog } from './support/blog.js';
import { startDirectiveServer, type DirectiveServer } from './support/directive-server.js';
import { codesOf, expectRefused, get, post, type Attack, type Target } from './support/attack.js';

const blog = createBlog();
let target: Target;
let server: DirectiveServer;
beforeAll(async () => {
  server = await startDirectiveServer(blog);
  target = { server, blog };
});
afterAll(() => server.close());

const FORBIDDEN = { code: 'FORBIDDEN', as: 'user' } as const;
const POSTS = { ...FORBIDDEN, after: 'Query.posts' } as const;
const PURGE = { ...FORBIDDEN, after: 'Mutation.purge', isWhole: true } as const;
const nested = { and: [{ text: '' }, { not: { and: [{ not: { drafts: true } }] } }] };

const ATTACKS: Readonly<Record<string, Attack>> = {
  'a literal': { query: '{ posts(hidden: true) { id } }', ...POSTS },
  'a literal that says no': { query: '{ posts(hidden: false) { id } }', ...POSTS },
  null: { query: '{ posts(hidden: null) { id } }', ...POSTS },
  'a variable': { query: 'query ($v: Boolean) { posts(hidden: $v) { id } }', variables: { v: true }, ...POSTS },
  'a variable of null': { query: 'query ($v: Boolean) { posts(hidden: $v) { id } }', variables: { v: null }, ...POSTS },
  'the default of a variable': { query: 'query ($v: Boolean = true) { posts(hidden: $v) { id } }', ...POSTS },
  'a field of an input': { query: '{ posts(filter: { drafts: true }) { id } }', ...POSTS },
  'a nested input': { query: '{ posts(filter: { not: { not: { drafts: null } } }) { id } }', ...POSTS },
  'an input inside a list': { query: '{ posts(filter: { and: [{ text: "" }, { drafts: true }] }) { id } }', ...POSTS },
  'an input in place of a list': { query: '{ posts(filters: { and: { drafts: true } }) { id } }', ...POSTS },
  'an input as a variable': {
    query: 'query ($f: PostFilter) { posts(filter: $f) { id } }',
    variables: { f: nested },
    ...POSTS,
  },
  'inputs as a variable': {
    query: 'query ($f: [PostFilter!]) { posts(filters: $f) { id } }',
    variables: { f: [{}, nested] },
    ...POSTS,
  },
  'a variable inside a literal': {
    query:
      'query ($f: PostFilter!, $d: Boolean) { posts(filters: [{ text: "" }, { and: [$f] }, { drafts: $d }]) { id } }',
    variables: { f: nested },
    ...POSTS,
  },
  'the default of an input': {
    query: 'query ($f: PostFilter = { not: { drafts: true } }) { posts(filter: $f) { id } }',
    ...POSTS,
  },
  'an input under an alias, after an open one': {
    query: '{ page { id } a: posts(filter: { drafts: true }) { id } }',
    ...POSTS,
  },
  'a scalar of its own': { query: '{ raw(meta: { any: [1, { drafts: true }] }) }', ...FORBIDDEN, after: 'Query.raw' },
  'a scalar of its own, as a variable': {
    query: 'query ($m: JSON) { raw(meta: $m) }',
    variables: { m: { any: [1] } },
    ...FORBIDDEN,
    after: 'Query.raw',
  },
  'a scalar of its own in an input, by a permission': {
    query: 'query ($f: PostFilter) { posts(filter: $f) { id } }',
    variables: { f: { meta: { drafts: true } } },
    ...POSTS,
    allowed: 'editor',
  },
  'an argument of a field further down': {
    query: '{ page { parent { body(raw: true) } } }',
    code: 'FORBIDDEN',
    as: 'editor',
    after: 'Page.body',
  },
  'an argument of a mutation': { query: 'mutation { count purge(hard: true) }', ...PURGE },
  'an argument of a mutation, as a variable of null': {
    query: 'mutation ($h: Boolean) { count purge(hard: $h) }',
    variables: { h: null },
    ...PURGE,
  },
  'an argument of a mutation, by a default': {
    query: 'mutation ($h: Boolean = false) { purge(hard: $h) count }',
    ...PURGE,
  },
  'an input of a mutation': { query: 'mutation { count purge(filter: { and: { drafts: false } }) }', ...PURGE },
  'an input of a mutation, as a variable': {
    query: 'mutation ($f: PostFilter) { count purge(filter: $f) }',
    variables: { f: nested },
    ...PURGE,
  },
  'an input of a mutation in a fragment behind a condition': {
    query:
      'mutation ($f: PostFilter, $on: Boolean!) { count ...F @include(if: $on) } fragment F on Mutation { purge(filter: $f) }',
    variables: { f: nested, on: true },
    ...PURGE,
  },
};

describe('an argument or input with a rule is refused, however it is provided:', () => {
  test.each(Object.entries(ATTACKS))('%s', (_, attack) => expectRefused(target, attack));

  const queries = Object.entries(ATTACKS).filter(([, { query }]) => !query.startsWith('mutation'));
  test.each(queries.slice(0, 12))('by a link: %s', (_, attack) => expectRefused(target, attack, get));
});

describe('what is not provided asks for nothing:', () => {
  test.each<[string, string, Record<string, unknown>]>([
    ['a variable without a value', 'query ($v: Boolean) { posts(hidden: $v) { __typename } }', {}],
    ['the same in an input', 'query ($v: Boolean) { posts(filter: { drafts: $v }) { __typename } }', {}],
    [
      'an input without it',
      'query ($f: PostFilter) { posts(filter: $f) { __typename } }',
      { f: { text: 'drafts', and: [] } },
    ],
    ['another argument', '{ posts(filter: { text: "hidden: true" }) { __typename } }', {}],
  ])('%s', async (_, query, variables) => {
    blog.ran.length = 0;
    const answer = await post(target, { query, variables, code: '' }, 'user');
    expect([codesOf(answer), blog.ran]).toEqual([[], ['Query.posts']]);
  });
});

test('what does not fit its type is refused before any rule is, and says no value', async () => {
  blog.ran.length = 0;
  const query = 'query ($f: PostFilter) { posts(filter: $f) { id } }';
  const variables = { f: { drafts: 'hunter2', and: [{ bogus: 'hunter2' }] } };
  const answer = await post(target, { query, variables, code: '' }, 'user');
  expect(codesOf(answer)[0]).toBe('BAD_USER_INPUT');
  expect(JSON.stringify(answer.body)).not.toMatch(/hunter2/);
  expect(blog.ran).toEqual([]);
});
