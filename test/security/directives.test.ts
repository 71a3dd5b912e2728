import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createBlog } from './support/blog.js';
import { startDirectiveServer, type DirectiveServer } from './support/directive-server.js';
import { codesOf, expectRefused, post, type Attack, type Target } from './support/attack.js';

const blog = createBlog();
let target: Target;
let server: DirectiveServer;
beforeAll(async () => {
  server = await startDirectiveServer(blog);
  target = { server, blog };
});
afterAll(() => server.close());

const FORBIDDEN = { code: 'FORBIDDEN', as: 'user' } as const;
const UNAUTHENTICATED = { code: 'UNAUTHENTICATED' } as const;
const SECRET = { ...FORBIDDEN, after: 'Query.secret', hidden: /the-secret/ } as const;
const BODY = { ...UNAUTHENTICATED, after: 'Page.body', hidden: /the-body/ } as const;
const NOTE = { ...FORBIDDEN, after: 'Vault.note', hidden: /the-note/ } as const;
const IP = { ...FORBIDDEN, after: 'Comment.ip', hidden: /the-ip/ } as const;

const QUERIES: Readonly<Record<string, Attack>> = {
  'a field, plainly': { query: '{ secret }', ...SECRET, isWhole: true },
  'under the name of an open one': { query: '{ page: secret }', ...SECRET },
  'a hundred aliases': { query: `{ ${Array.from({ length: 100 }, (_, n) => `a${n}: secret`).join(' ')} }`, ...SECRET },
  'beside an open field': { query: '{ page { id } secret }', ...SECRET },
  'in an inline fragment without a type': { query: '{ ... { ... { secret } } }', ...SECRET },
  'in a named fragment': { query: '{ ...F } fragment F on Query { x: secret }', ...SECRET },
  'in fragments of fragments': {
    query: '{ ...A } fragment A on Query { ...B } fragment B on Query { ... on Query { secret } }',
    ...SECRET,
  },
  'in a nested list': { query: '{ page { comments { ip } } }', ...IP },
  'in a nested list of a list': { query: '{ pages { comments { text x: ip } } }', ...IP },
  'below itself': { query: '{ page { parent { parent { parent { body } } } } }', ...BODY },
  'of the runtime type of an interface, inline': { query: '{ nodes { ... on Vault { note } } }', ...NOTE },
  'of the runtime type of an interface, named': {
    query: '{ nodes { id ...V } } fragment V on Vault { note }',
    ...NOTE,
  },
  'by an interface that the type implements': { query: '{ nodes { ... on Confidential { note } } }', ...NOTE },
  'by an interface inside a fragment of its type': {
    query: '{ found { ... on Vault { ... on Confidential { note } } } }',
    ...NOTE,
  },
  'of a member of a union, inline': { query: '{ found { ... on Vault { note } } }', ...NOTE },
  'of a member of a union, named': { query: '{ found { ...V } } fragment V on Vault { note }', ...NOTE },
  'of a member of another union': { query: '{ found { ... on Private { ... on Vault { note } } } }', ...NOTE },
  'of a union that is refused': { query: '{ private { ... on Vault { note } } }', ...NOTE, after: 'Query.private' },
  'of an interface’s field that is of the type': {
    query: '{ page { notes { ... on Comment { ip } } } }',
    ...IP,
  },
  'only the name of a runtime type': { query: '{ nodes { __typename } }', ...FORBIDDEN, hidden: /Vault/ },
  'only the name, under another': { query: '{ found { id: __typename } }', ...FORBIDDEN, hidden: /Vault/ },
  'only the name, of a refused union': {
    query: '{ private { __typename } }',
    ...FORBIDDEN,
    hidden: /Vault/,
    after: 'Query.private',
  },
  'only the name of an owned object': {
    query: '{ author { __typename } }',
    ...FORBIDDEN,
    hidden: /Author/,
  },
  'only the id of an owned object by an interface': {
    query: '{ nodes { ... on Author { id } } }',
    ...FORBIDDEN,
    hidden: /a1/,
  },
  'a field of an owned object': { query: '{ author { email } }', ...FORBIDDEN, after: 'Author.email' },
  'a field of a type with a rule': { query: '{ posts { title } }', ...UNAUTHENTICATED, after: 'Query.posts' },
  'a field that an extension added to it': {
    query: '{ found { ... on Post { revisions } } }',
    ...UNAUTHENTICATED,
    after: 'Post.revisions',
  },
  'a field that asks for a permission': { query: '{ audit }', ...FORBIDDEN, after: 'Query.audit', allowed: 'editor' },
  'by whoever holds another role': { query: '{ secret }', ...SECRET, as: 'editor' },
  'behind a condition by a literal': { query: '{ secret @include(if: true) @skip(if: false) }', ...SECRET },
  'behind a condition by a variable': {
    query: 'query ($on: Boolean!) { secret @include(if: $on) }',
    variables: { on: true },
    ...SECRET,
  },
  'behind a condition by a default': { query: 'query ($on: Boolean = true) { secret @include(if: $on) }', ...SECRET },
  'behind a condition on a fragment': {
    query: 'query ($off: Boolean = false) { ...F @skip(if: $off) } fragment F on Query { secret }',
    ...SECRET,
  },
  'in the operation that is named': {
    query: 'query A { page { id } } query B { secret }',
    operationName: 'B',
    ...SECRET,
  },
  'behind a long list of open fields': { query: `{ ${'page { id } '.repeat(200)} secret }`, ...SECRET },
  'merged into the selection of an open field': {
    query: '{ page { id } page { title } page { body } }',
    ...BODY,
  },
};

describe('a query gets nothing that is refused:', () => {
  test.each(Object.entries(QUERIES))('%s', (_, attack) => expectRefused(target, attack));
});

const MUTATIONS: Readonly<Record<string, Attack>> = {
  'a refused mutation': { query: 'mutation { wipe }', ...FORBIDDEN, after: 'Mutation.wipe' },
  'a refused one after an allowed one': { query: 'mutation { count wipe }', ...FORBIDDEN, after: 'Mutation.wipe' },
  'an allowed one after a refused one': { query: 'mutation { wipe count }', ...FORBIDDEN, after: 'Mutation.count' },
  'under the name of an allowed one': { query: 'mutation { count: wipe }', ...FORBIDDEN, after: 'Mutation.wipe' },
  'twice under aliases': { query: 'mutation { a: count b: wipe c: wipe }', ...FORBIDDEN, after: 'Mutation.wipe' },
  'in a fragment': { query: 'mutation { ...F } fragment F on Mutation { count wipe }', ...FORBIDDEN },
  'in what it returns': { query: 'mutation { count page { body } }', ...FORBIDDEN, after: 'Mutation.page' },
  'deep in what it returns': {
    query: 'mutation { page { parent { parent { ...F } } } } fragment F on Page { comments { ip } }',
    ...FORBIDDEN,
    after: 'Mutation.page',
  },
  'in what it may return': { query: 'mutation { publish { ... on Vault { note } } }', ...FORBIDDEN },
  'of an interface between two others': {
    query: 'mutation { send { ... on Sealed { ... on Marked { seal } } } }',
    ...FORBIDDEN,
    after: 'Mutation.send',
    hidden: /the-seal/,
  },
  'of an interface between two others, in named fragments': {
    query: 'mutation { send { ...S } } fragment S on Sealed { id ...M } fragment M on Marked { id x: seal }',
    ...FORBIDDEN,
    after: 'Mutation.send',
    hidden: /the-seal/,
  },
  'in an argument of an interface between two others': {
    query: 'mutation ($with: String) { send { ... on Sealed { ... on Marked { lock(with: $with) { id } } } } }',
    variables: { with: null },
    ...FORBIDDEN,
    after: 'Mutation.send',
  },
  'only the name of what it may return': {
    query: 'mutation { publish { ... on Vault { __typename } } }',
    ...FORBIDDEN,
    after: 'Mutation.publish',
  },
  'behind a condition by a variable': {
    query: 'mutation ($on: Boolean = false) { count wipe @include(if: $on) }',
    variables: { on: true },
    ...FORBIDDEN,
  },
  'behind a condition by a default': {
    query: 'mutation ($off: Boolean = false) { count ... @skip(if: $off) { wipe } }',
    ...FORBIDDEN,
  },
  'in the operation that is named': {
    query: 'mutation A { count } mutation B { count wipe }',
    operationName: 'B',
    ...FORBIDDEN,
  },
};

describe('a mutation is refused before anything of it runs:', () => {
  test.each(Object.entries(MUTATIONS))('%s', (_, attack) => expectRefused(target, { ...attack, isWhole: true }));

  test('a type that only runtime can tell nulls its value', async () => {
    blog.ran.length = 0;
    const { body } = await post(target, { query: 'mutation { publish { __typename } }', code: '' }, 'user');
    expect(JSON.stringify(body)).not.toMatch(/Vault/);
    expect(body.errors?.map(({ extensions }) => extensions['code'])).toEqual(['FORBIDDEN']);
  });

  test('a second operation that is not asked for neither runs nor counts', async () => {
    blog.ran.length = 0;
    const query = 'mutation A { count } mutation B { wipe }';
    const answer = await post(target, { query, operationName: 'A', code: '' }, 'anonymous');
    expect(answer.body).toEqual({ data: { count: 1 } });
    expect(blog.ran).toEqual(['Mutation.count']);
  });

  test('without a name, of two operations none runs', async () => {
    blog.ran.length = 0;
    const answer = await post(target, { query: 'query A { page { id } } mutation B { wipe }', code: '' }, 'admin');
    expect([codesOf(answer), blog.ran]).toEqual([['OPERATION_RESOLUTION_FAILURE'], []]);
  });
});

describe('a token that is not usable is nobody’s, and not nobody', () => {
  const ask = (query: string) => server.client().ask(query, { token: `${server.people.admin.token}x` });

  test('the whole operation is refused where a root field is not @public', async () => {
    blog.ran.length = 0;
    expect([codesOf(await ask('{ page { id } secret }')), blog.ran]).toEqual([['UNAUTHENTICATED'], []]);
  });

  test('@public fields are answered as to nobody', async () => {
    blog.ran.length = 0;
    const answer = await ask('{ page { id body } nodes { __typename } }');
    expect(answer.body.data).toMatchObject({ page: { id: 'g1', body: null } });
    expect(blog.ran).not.toContain('Page.body');
  });
});
