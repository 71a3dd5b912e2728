import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getIntrospectionQuery } from 'graphql';
import type { Limits } from '../../src/graphql/limits.js';
import { createTestAuthServer, type TestAuthServer } from '../support/auth-server.js';
import { createClient, readAnswer, type AskOptions } from '../support/client.js';
import { startExpress } from '../library/support/hosts.js';
import express from 'express';

const repeat = (text: string, times: number): string => text.repeat(times);
const list = (length: number, each: (index: number) => string): string =>
  Array.from({ length }, (_, index) => each(index)).join(' ');

const TYPE_DEFS = `
  interface Named { name: String }
  type Node implements Named { name: String, next: Node, all: [Node!], some(limit: Int): [Node], page(first: Int, last: Int): NodeConnection,
    board: [[Node]], sized(limit: Int = 5000): [Node], text(limit: Int): String, any(limit: String): [Named],
    called(by: String!): Node }
  type NodeConnection { edges: [NodeEdge], nodes: [Node!], totalCount: Int }
  type NodeEdge { node: Node }
  extend type Query { node(id: ID): Node @public }
  extend type Mutation { act: Node @public }`;

interface Attacked {
  readonly ran: string[];
  readonly origin: string;
  ask(query: string, options?: AskOptions): ReturnType<ReturnType<typeof createClient>['ask']>;
  close(): Promise<void>;
}

/** A server within an application that notes which of its root fields ran. */
async function startAttacked(limits?: Partial<Limits>, env = {}): Promise<Attacked> {
  const ran: string[] = [];
  const node: Record<string, unknown> = { name: 'x', any: [], all: [], some: [], page: {}, board: [], sized: [] };
  node['next'] = node;
  node['called'] = node;
  const run = (name: string) => () => {
    ran.push(name);
    return node;
  };
  const resolvers = {
    Query: { node: run('node') },
    Mutation: { act: run('act') },
    Named: { __resolveType: () => 'Node' },
  };
  const made: TestAuthServer = await createTestAuthServer({ typeDefs: TYPE_DEFS, resolvers, limits, env });
  const { origin } = new URL((await made.server.listen()).url);
  return { ran, origin, ask: (query, options) => createClient(origin).ask(query, options), close: () => made.close() };
}

const nested = (levels: number): string => `${repeat('next { ', levels - 2)}name${repeat(' }', levels - 2)}`;
const WIDE = 'name '.repeat(10);

/** Each with what is too much, and the most that is not. */
const STATIC: Record<string, readonly [tooMuch: string, enough: string]> = {
  'levels of fields': [`{ node { ${nested(13)} } }`, `{ node { ${nested(12)} } }`],
  'levels in a mutation': [`mutation { act { ${nested(13)} } }`, `mutation { act { ${nested(12)} } }`],
  'levels in nested fragments': [
    `{ node { ...a } } fragment a on Node { next { next { next { ...b } } } }
     fragment b on Node { next { next { next { ...c } } } } fragment c on Node { next { next { next { ...d } } } }
     fragment d on Node { next { next { name } } }`,
    `{ node { ...a } } fragment a on Node { next { next { next { ...b } } } }
     fragment b on Node { next { next { next { ...c } } } } fragment c on Node { next { next { next { ...d } } } }
     fragment d on Node { next { name } }`,
  ],
  'levels behind a second use of a fragment': [
    `{ node { ...a ${repeat('next { ', 8)} ...a ${repeat('} ', 8)} } } fragment a on Node { next { next { next { name } } } }`,
    `{ node { ...a ${repeat('next { ', 7)} ...a ${repeat('} ', 7)} } } fragment a on Node { next { next { next { name } } } }`,
  ],
  'levels in inline fragments, which count as none themselves': [
    `{ node { ${repeat('... on Node { next { ', 11)} name ${repeat('} } ', 11)} } }`,
    `{ node { ${repeat('... on Node { next { ', 10)} name ${repeat('} } ', 10)} } }`,
  ],
  aliases: [`{ ${list(31, (n) => `a${n}: node { name }`)} }`, `{ ${list(30, (n) => `a${n}: node { name }`)} }`],
  'aliases of __typename': [
    `{ ${list(31, (n) => `a${n}: __typename`)} node { name } }`,
    '{ a: __typename node { name } }',
  ],
  'fields that are called __typename': [
    `{ node { ${list(31, (n) => `next${n}: name`)} __typename: name } }`,
    '{ node { __typename: name } }',
  ],
  'aliases in fragments': [
    `{ node { ...a ...b } } fragment a on Node { ${list(15, (n) => `a${n}: name`)} }
     fragment b on Node { ${list(16, (n) => `b${n}: name`)} }`,
    `{ node { ...a ...b } } fragment a on Node { ${list(15, (n) => `a${n}: name`)} }
     fragment b on Node { ${list(15, (n) => `b${n}: name`)} }`,
  ],
  'uses of a fragment with an alias': [
    `{ node { ${repeat('...a ', 31)} } } fragment a on Node { a: name }`,
    `{ node { ${repeat('...a ', 30)} } } fragment a on Node { a: name }`,
  ],
  'aliases by fragments that double': [
    `{ node { ...a } } fragment a on Node { ...b ...b } fragment b on Node { ...c ...c } fragment c on Node { ...d ...d }
     fragment d on Node { ...e ...e } fragment e on Node { x: name y: name }`,
    '{ node { ...a } } fragment a on Node { ...b ...b } fragment b on Node { x: name }',
  ],
  'directives on one field': [
    `{ node { name ${repeat('@skip(if: false) ', 1_000)} } }`,
    `{ node { ${repeat('name @skip(if: false) ', 50)} } }`,
  ],
  'directives over many fields': [
    `{ node { ${repeat('name @include(if: true) ', 51)} } }`,
    `{ node { ${repeat('name @include(if: true) ', 50)} } }`,
  ],
  'directives on the second use of a fragment': [
    `{ node { ...a ${repeat('...a @include(if: true) ', 51)} } } fragment a on Node { name }`,
    `{ node { ...a ${repeat('...a @include(if: true) ', 50)} } } fragment a on Node { name }`,
  ],
  'tokens, by one': [
    `${list(250, (n) => `query q${n} { node { name } }`)} # and\n {`,
    list(250, (n) => `query q${n} { node { name } }`),
  ],
  'uses of one alias, behind an operation that is not too much': [
    `query q { node { name } } query r { ${list(31, (n) => `a${n}: node { name }`)} }`,
    'query q { node { name } } query r { a: node { name } }',
  ],
};

const COSTLY: Record<string, readonly [tooMuch: string, enough: string, variables?: readonly [object, object]]> = {
  'entries that an argument asks for': [
    `{ node { some(limit: 1000) { ${WIDE} } } }`,
    `{ node { some(limit: 900) { ${WIDE} } } }`,
  ],
  'lists within lists, though none says how long': [
    '{ node { all { all { all { all { name } } } } } }',
    '{ node { all { all { all { name } } } } }',
  ],
  'lists of lists': ['{ node { board { board { name } } } }', '{ node { board { name } } }'],
  'entries that a variable asks for': [
    `query ($n: Int) { node { some(limit: $n) { ${WIDE} } } }`,
    `query ($n: Int) { node { some(limit: $n) { ${WIDE} } } }`,
    [{ n: 1_000 }, { n: 900 }],
  ],
  "entries by a variable's default": [
    `query ($n: Int = 1000) { node { some(limit: $n) { ${WIDE} } } }`,
    `query ($n: Int = 1000) { node { some(limit: $n) { ${WIDE} } } }`,
    [{}, { n: 10 }],
  ],
  "entries by the argument's own default": ['{ node { sized { name next { name } } } }', '{ node { sized { name } } }'],
  'a page by a variable': [
    `query ($first: Int) { node { page(first: $first) { edges { node { ${WIDE} } } } } }`,
    `query ($first: Int) { node { page(first: $first) { edges { node { ${WIDE} } } } } }`,
    [{ first: 1_000 }, { first: 100 }],
  ],
  'the larger of two sizes': [
    `{ node { page(first: 1, last: 1000) { nodes { ${WIDE} } } } }`,
    `{ node { page(first: 1, last: 100) { nodes { ${WIDE} } } } }`,
  ],
  'a size written as a text': [
    `{ node { any(limit: "5001") { name n: name } } }`,
    `{ node { any(limit: "10") { name } } }`,
  ],
  'a size in a fragment': [
    `query ($n: Int) { node { ...a } } fragment a on Node { some(limit: $n) { ...b } } fragment b on Named { ${WIDE} }`,
    `query ($n: Int) { node { ...a } } fragment a on Node { some(limit: $n) { ...b } } fragment b on Named { ${WIDE} }`,
    [{ n: 1_000 }, { n: 10 }],
  ],
  'a size below 1, which may mean all': [
    `{ node { some(limit: 0) { some(limit: -1) { all { ${WIDE} } } } } }`,
    `{ node { some(limit: 1) { some(limit: 1) { all { ${WIDE} } } } } }`,
  ],
  'a size of null': [
    `query ($n: Int) { node { some(limit: $n) { some(limit: $n) { all { ${WIDE} } } } } }`,
    `query ($n: Int) { node { some(limit: $n) { some(limit: $n) { all { ${WIDE} } } } } }`,
    [{ n: null }, { n: 5 }],
  ],
  'fields that are included by a variable': [
    `query ($with: Boolean!) { node { some(limit: 1000) @include(if: $with) { ${WIDE} } } }`,
    `query ($with: Boolean!) { node { some(limit: 1000) @include(if: $with) { ${WIDE} } } }`,
    [{ with: true }, { with: false }],
  ],
  'the operation that is asked for, of several': [
    `query other { node { name } } query asked { node { some(limit: 1000) { ${WIDE} } } }`,
    `query asked { node { name } } query other { node { some(limit: 1000) { ${WIDE} } } }`,
  ],
  'fragments that double 20 times': [
    `{ node { ...f0 } } ${list(20, (n) => `fragment f${n} on Node { ...f${n + 1} ...f${n + 1} }`)} fragment f20 on Node { name }`,
    `{ node { ...f0 } } ${list(8, (n) => `fragment f${n} on Node { ...f${n + 1} ...f${n + 1} }`)} fragment f8 on Node { name }`,
  ],
  'a mutation': [
    `mutation { act { some(limit: 1000) { ${WIDE} } } }`,
    `mutation { act { some(limit: 10) { ${WIDE} } } }`,
  ],
};

describe('A document that asks for too much', () => {
  let attacked: Attacked;
  beforeAll(async () => {
    attacked = await startAttacked();
  });
  afterAll(() => attacked.close());

  async function expectRefused(query: string, options: AskOptions = {}): Promise<void> {
    attacked.ran.length = 0;
    const { status, code, body } = await attacked.ask(query, options);
    expect({ status, code, data: body.data, ran: attacked.ran }).toEqual({
      ...{ status: 400, code: 'OPERATION_TOO_COMPLEX', data: undefined, ran: [] },
    });
  }

  async function expectRun(query: string, options: AskOptions = {}): Promise<void> {
    attacked.ran.length = 0;
    const { status, body } = await attacked.ask(query, options);
    expect({ status, errors: body.errors }).toEqual({ status: 200, errors: undefined });
    expect(attacked.ran).not.toEqual([]);
  }

  test.each(Object.keys(STATIC))('%s: is OPERATION_TOO_COMPLEX, and nothing runs', async (name) => {
    const [tooMuch = '', enough = ''] = STATIC[name] ?? [];
    const named = enough.startsWith('query q') ? { operationName: enough.split(' ')[1] ?? '' } : {};
    await expectRun(enough, named);
    await expectRefused(tooMuch, named);
    await expectRefused(tooMuch, named);
  });

  test.each(Object.keys(COSTLY))('by its cost, %s: is OPERATION_TOO_COMPLEX, and nothing runs', async (name) => {
    const [tooMuch = '', enough = '', [large = {}, small = {}] = []] = COSTLY[name] ?? [];
    const named = enough.startsWith('query asked') ? { operationName: 'asked' } : {};
    // In both orders: Apollo has the document by then, and keeps nothing of the verdict.
    await expectRefused(tooMuch, { ...named, variables: { ...large } });
    await expectRun(enough, { ...named, variables: { ...small } });
    await expectRefused(tooMuch, { ...named, variables: { ...large } });
  });

  test('is refused by GET, too', async () => {
    const [costly] = COSTLY['entries that a variable asks for'] ?? [];
    for (const query of [`{ node { ${nested(13)} } }`, costly ?? '']) {
      attacked.ran.length = 0;
      const parameters = new URLSearchParams({ query, variables: '{"n":1000}' }).toString();
      const headers = { 'apollo-require-preflight': '1' };
      const answer = await readAnswer(await fetch(`${attacked.origin}/graphql?${parameters}`, { headers }));
      expect({ status: answer.status, code: answer.code, ran: attacked.ran }).toEqual({
        ...{ status: 400, code: 'OPERATION_TOO_COMPLEX', ran: [] },
      });
    }
  });

  test('of fragments in a circle is GRAPHQL_VALIDATION_FAILED, and nothing runs', async () => {
    attacked.ran.length = 0;
    for (const query of [
      '{ node { ...a } } fragment a on Node { ...a }',
      '{ node { ...a } } fragment a on Node { x: name next { ...b } } fragment b on Node { y: name next { ...a } }',
    ]) {
      const { status, body } = await attacked.ask(query);
      const codes = body.errors?.map(({ extensions }) => extensions['code']);
      expect({ status, codes }).toEqual({ status: 400, codes: expect.arrayContaining(['GRAPHQL_VALIDATION_FAILED']) });
    }
    expect(attacked.ran).toEqual([]);
  });

  test('in a batch is refused with the batch', async () => {
    attacked.ran.length = 0;
    const body = JSON.stringify(Array.from({ length: 100 }, () => ({ query: '{ node { name } }' })));
    const headers = { 'content-type': 'application/json' };
    const answer = await readAnswer(await fetch(`${attacked.origin}/graphql`, { method: 'POST', headers, body }));
    expect({ status: answer.status, code: answer.code, ran: attacked.ran }).toEqual({
      ...{ status: 400, code: 'BAD_REQUEST', ran: [] },
    });
  });

  test('variables that are not valid are BAD_USER_INPUT, whatever it would cost, and nothing runs', async () => {
    attacked.ran.length = 0;
    const query = `query ($n: Int) { node { some(limit: $n) { ${WIDE} } } }`;
    for (const n of ['1000', 1e12, {}, 1.5]) {
      expect(await attacked.ask(query, { variables: { n } })).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
    }
    const skipping = 'query ($s: Boolean = true) { node { name @skip(if: $s) } }';
    expect(await attacked.ask(skipping, { variables: { s: null } })).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(attacked.ran).toEqual([]);
  });

  test('variables that are not valid leave nothing behind for those that are', async () => {
    const costly = `query ($s: String!) { node { called(by: $s) { some(limit: 1000) { ${WIDE} } } } }`;
    for (const variables of [{}, { s: null }, { s: 1 }]) {
      expect(await attacked.ask(costly, { variables })).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
    }
    await expectRefused(costly, { variables: { s: 'x' } });
    const enough = `query ($s: String!) { node { called(by: $s) { some(limit: 900) { ${WIDE} } } } }`;
    for (const s of ['x', 'y', 'x']) await expectRun(enough, { variables: { s } });
    await expectRefused(costly, { variables: { s: 'y' } });
  });

  test('introspection is free of it where it is on, as Sandbox and code generators send it', async () => {
    for (const options of [
      {},
      { inputValueDeprecation: true, oneOf: true, specifiedByUrl: true, schemaRepeatable: true },
    ]) {
      const { body } = await attacked.ask(getIntrospectionQuery(options));
      expect(body.errors).toBeUndefined();
      expect(body.data).toHaveProperty('__schema.types');
    }
  });

  test('but not of a bound of its own', async () => {
    const query = `{ __schema { types { ${repeat('fields { type { ', 5)} name ${repeat('} }', 5)} } } }`;
    expect(await attacked.ask(query)).toMatchObject({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' });
  });

  describe('in a body of more than 100 KB', () => {
    const bodyOf = (bytes: number): string => {
      const start = '{"query":"{ node { name } }","variables":{"x":"';
      return `${start}${'x'.repeat(bytes - start.length - 3)}"}}`;
    };
    const post = async (url: string, body: BodyInit): Promise<{ status: number; code: string | undefined }> => {
      attacked.ran.length = 0;
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half' };
      const { status, code } = await readAnswer(await fetch(url, init));
      return { status, code };
    };

    test('is 413, and nothing runs; one of exactly that runs', async () => {
      const url = `${attacked.origin}/graphql`;
      expect(await post(url, bodyOf(102_400))).toEqual({ status: 200, code: undefined });
      expect(await post(url, bodyOf(102_401))).toEqual({ status: 413, code: 'BAD_REQUEST' });
      expect(attacked.ran).toEqual([]);
    });

    test('is 413 also without a Content-Length', async () => {
      const chunks = new Blob([bodyOf(102_401)]).stream();
      expect(await post(`${attacked.origin}/graphql`, chunks)).toEqual({ status: 413, code: 'BAD_REQUEST' });
      expect(attacked.ran).toEqual([]);
    });

    test('is 413 also where an application has read it', async () => {
      const made = await createTestAuthServer();
      const host = await startExpress((app) => {
        app.use(express.json({ limit: '1mb' }));
        app.use(made.server.handler);
      });
      expect(await post(`${host.origin}/graphql`, bodyOf(102_401))).toEqual({ status: 413, code: 'BAD_REQUEST' });
      await host.close();
      await made.close();
    });
  });
});

describe('The limits of an application', () => {
  test('can be raised, each by itself', async () => {
    const attacked = await startAttacked({ depth: 20, cost: 20_000 });
    const deep = await attacked.ask(`{ node { ${nested(20)} } }`);
    expect(deep.body.errors).toBeUndefined();
    expect((await attacked.ask(`{ node { ${nested(21)} } }`)).code).toBe('OPERATION_TOO_COMPLEX');
    const costly = await attacked.ask(`{ node { some(limit: 1000) { ${WIDE} } } }`);
    expect(costly.body.errors).toBeUndefined();
    expect((await attacked.ask(`{ ${list(31, (n) => `a${n}: __typename`)} }`)).code).toBe('OPERATION_TOO_COMPLEX');
    await attacked.close();
  });

  test.each([
    { depth: 0 },
    { cost: -1 },
    { tokens: 1.5 },
    { aliases: Infinity },
    { width: 3 },
    3,
    null,
    { bodyBytes: '1' },
  ])('are checked at the start: %j', async (limits) => {
    await expect(createTestAuthServer({ limits: limits as Partial<Limits> })).rejects.toThrow(/limits: has to be/);
  });
});

test('in production, errors tell of no field that was not asked for', async () => {
  const inProduction = await startAttacked(undefined, { NODE_ENV: 'production' });
  const { status, code, body } = await inProduction.ask('{ nodee { name } viewr { id } }');
  expect({ status, code }).toEqual({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' });
  expect(JSON.stringify(body)).not.toMatch(/did you mean/i);
  expect((await inProduction.ask(getIntrospectionQuery())).status).toBe(400);
  await inProduction.close();

  const inDevelopment = await startAttacked();
  expect(JSON.stringify((await inDevelopment.ask('{ nodee { name } }')).body)).toMatch(/did you mean/i);
  await inDevelopment.close();
});
