import { beforeEach, describe, expect, test } from '@jest/globals';
import { execute, GraphQLScalarType, Kind, parse } from 'graphql';
import { refuseOperation } from '../../../src/graphql/directives/judge-operation.js';
import { ask, clock, guarded, viewer } from './support.js';

let ran: unknown[] = [];
let streams = 0;
const record = (_source: unknown, args: unknown): number => ran.push(args);
beforeEach(() => {
  ran = [];
  streams = 0;
});

const schema = guarded(
  `scalar Any
   interface Found { found(by: Int @hasRole(anyOf: ADMIN)): Int }
   type Thing implements Found { found(by: Int): Int sized(unit: Int @auth): Int }
   input Filter { text: String drafts: Boolean @hasRole(anyOf: ADMIN) and: [Filter!] not: Filter raw: Any @auth }
   input Deep { filters: [[Filter]] }
   input Plain { x: Int }
   type Query {
     items(force: Boolean @hasRole(anyOf: ADMIN), filter: Filter, deep: Deep, plain: Plain = { x: 1 }): Int @public
     raw(value: Any @hasPermission(anyOf: "raw:read")): Int
     dated(value: Int @auth(maxAgeSeconds: 60) @hasRole(anyOf: EDITOR)): Int @auth(maxAgeSeconds: 60)
     required(value: Int! @auth): Int
     constructor(constructor: Int @auth, toString: Int @auth): Int
     thing: Thing
   }
   type Mutation {
     write(force: Boolean @hasRole(anyOf: ADMIN), filter: Filter, filters: [Filter]): Int
     other: Int
   }
   type Subscription { ticks(filter: Filter): Int }`,
  {
    Any: new GraphQLScalarType({ name: 'Any' }),
    Query: {
      ...{ items: record, raw: record, dated: record, required: record, constructor: record },
      thing: () => ({}),
    },
    Thing: { found: record, sized: record },
    Mutation: { write: record, other: record },
    Subscription: {
      ticks: {
        subscribe: async function* () {
          streams += 1;
          yield { ticks: 1 };
        },
      },
    },
  },
);
const admin = viewer('1', ['ADMIN', 'EDITOR'], 0, ['raw:read']);

/** How a client may provide them: the field of `Query`, and the variables that go with it. */
const PROVIDED: readonly (readonly [string, string, object?])[] = [
  ['a literal', '{ items(force: true) }'],
  ['a literal null', '{ items(force: null) }'],
  ['a variable', 'query ($v: Boolean) { items(force: $v) }', { v: false }],
  ['a variable that is null', 'query ($v: Boolean) { items(force: $v) }', { v: null }],
  ['the default of a variable', 'query ($v: Boolean = true) { items(force: $v) }'],
  ['a default of null', 'query ($v: Boolean = null) { items(force: $v) }'],
  ['an alias', '{ a: items b: items(force: false) }'],
  ['a fragment', '{ ...F } fragment F on Query { items(force: false) }'],
  ['an input field', '{ items(filter: { drafts: false }) }'],
  ['an input field that is null', '{ items(filter: { drafts: null }) }'],
  ['an input field by a variable', 'query ($v: Boolean) { items(filter: { drafts: $v }) }', { v: null }],
  ['an input field by a default', 'query ($v: Boolean = null) { items(filter: { drafts: $v }) }'],
  ['an object by a variable', 'query ($v: Filter) { items(filter: $v) }', { v: { drafts: null } }],
  ['an object by a default', 'query ($v: Filter = { drafts: true }) { items(filter: $v) }'],
  ['a nested input', '{ items(filter: { not: { not: { and: [{ text: "" }, { drafts: true }] } } }) }'],
  [
    'a nested input by a variable',
    'query ($v: Filter) { items(filter: { not: $v }) }',
    { v: { and: [{ drafts: true }] } },
  ],
  ['one item in place of a list', '{ items(filter: { and: { drafts: true } }) }'],
  [
    'one item in place of a list, by a variable',
    'query ($v: Filter) { items(filter: $v) }',
    { v: { and: { drafts: true } } },
  ],
  [
    'a variable inside a list',
    'query ($v: Filter!) { items(filter: { and: [{ text: "" }, $v] }) }',
    { v: { drafts: true } },
  ],
  ['lists of lists', '{ items(deep: { filters: [null, [null, { drafts: true }]] }) }'],
  [
    'lists of lists by a variable',
    'query ($v: Deep) { items(deep: $v) }',
    { v: { filters: [null, [{ drafts: true }]] } },
  ],
  ['a list by a variable in it', 'query ($v: [Filter]) { items(deep: { filters: [$v] }) }', { v: [{ drafts: true }] }],
  ['a scalar of its own', '{ raw(value: { deep: [1] }) }'],
  ['a scalar of its own by a variable', 'query ($v: Any) { raw(value: $v) }', { v: { drafts: true } }],
  ['an argument that an interface rules', '{ thing { found(by: 1) } }'],
];

const NOT_PROVIDED: readonly (readonly [string, string, object?])[] = [
  ['nothing', '{ items }'],
  ['a variable without a value', 'query ($v: Boolean) { items(force: $v) }'],
  ['an input field by such a variable', 'query ($v: Boolean) { items(filter: { text: "", drafts: $v }) }'],
  ['an object without it', '{ items(filter: { text: "drafts", and: [{ text: "" }], not: null }) }'],
  ['the same by a variable', 'query ($v: Filter) { items(filter: $v) }', { v: { text: 'drafts', and: [], not: null } }],
  ['null in place of the object', '{ items(filter: null, deep: { filters: null }) }'],
  ['a variable of null in a list', 'query ($v: Filter) { items(deep: { filters: [[$v, null]] }) }'],
  ['an input without rules', '{ items(plain: { x: 2 }) }'],
];

describe('an argument or input field with a rule', () => {
  test.each(PROVIDED)('is refused when it is provided: %s', async (_, query, variables = {}) => {
    const anonymous = await ask(schema, query, { variables: { ...variables } });
    expect(Object.values(anonymous.errors)).toEqual(['UNAUTHENTICATED']);
    const viewed = await ask(schema, query, { variables: { ...variables }, credential: viewer('1') });
    expect(Object.values(viewed.errors)).toEqual(['FORBIDDEN']);
    expect(ran.filter((args) => Object.keys(args as object).some((name) => name !== 'plain'))).toEqual([]);
    ran = [];
    expect((await ask(schema, query, { variables: { ...variables }, credential: admin })).errors).toEqual({});
    expect(ran).not.toEqual([]);
  });

  test.each(NOT_PROVIDED)('asks for nothing when it is not: %s', async (_, query, variables = {}) => {
    expect((await ask(schema, query, { variables: { ...variables } })).errors).toEqual({});
    expect(ran).toHaveLength(1);
  });

  test('is judged after its field, and FORBIDDEN before a fresh proof is asked for', async () => {
    const stale = (...roles: string[]) => ({ credential: viewer('1', roles, 61) });
    expect((await ask(schema, '{ dated(value: 1) }')).errors).toEqual({ dated: 'UNAUTHENTICATED' });
    expect((await ask(schema, '{ dated(value: 1) }', stale())).errors).toEqual({ dated: 'FORBIDDEN' });
    expect((await ask(schema, '{ dated }', stale())).errors).toEqual({ dated: 'REAUTHENTICATION_REQUIRED' });
    expect((await ask(schema, '{ dated(value: 1) }', stale('EDITOR'))).errors).toEqual({
      dated: 'REAUTHENTICATION_REQUIRED',
    });
    expect(ran).toEqual([]);
  });

  test('may be required: whoever is refused it is refused the field', async () => {
    expect((await ask(schema, '{ required(value: 1) }')).errors).toEqual({ required: 'UNAUTHENTICATED' });
    expect((await ask(schema, '{ required(value: 1) }', { credential: viewer('1') })).data).toEqual({ required: 1 });
  });

  test('may bear the name of what every object has', async () => {
    expect((await ask(schema, '{ constructor }')).errors).toEqual({});
    expect((await ask(schema, '{ constructor(toString: 1) }')).errors).toEqual({ constructor: 'UNAUTHENTICATED' });
    expect(ran).toHaveLength(1);
  });
});

const asMutation = (query: string): string =>
  query
    .replace(/^query|^(?=\{)/, 'mutation ')
    .replaceAll('items(', 'write(')
    .replace('on Query', 'on Mutation');

describe('a mutation whose arguments provide it', () => {
  const cases = PROVIDED.filter(([, query]) => /items\((force|filter)/.test(query) && !query.includes('a: items'));

  test.each(cases)('is refused whole, before it starts: %s', async (_, query, variables = {}) => {
    const source = asMutation(query).replace('write(', 'first: other write(');
    const refused = await ask(schema, source, { variables: { ...variables }, credential: viewer('1') });
    expect(refused).toEqual({ data: undefined, errors: { '': 'FORBIDDEN' } });
    expect(ran).toEqual([]);
    const allowed = await ask(schema, source, { variables: { ...variables }, credential: admin });
    expect(allowed.errors).toEqual({});
    expect(ran).toHaveLength(2);
  });

  test.each(cases)(
    'is refused by the guard of its field where nothing judged before: %s',
    async (_, query, variables = {}) => {
      const contextValue = { credential: viewer('1'), clock };
      const document = parse(asMutation(query));
      const { errors } = await execute({ schema, document, contextValue, variableValues: { ...variables } });
      expect(errors).toMatchObject([{ originalError: { code: 'FORBIDDEN' } }]);
      expect(ran).toEqual([]);
    },
  );

  test('is judged with the variables of each request, on one document', async () => {
    const document = parse(
      'mutation ($f: Filter, $on: Boolean = false) { write(filter: $f) b: write(force: true) @include(if: $on) }',
    );
    const codes = async (variables: Record<string, unknown>): Promise<unknown> =>
      (await ask(schema, document, { variables, credential: viewer('1') })).errors;
    expect(await codes({ f: { text: '' } })).toEqual({});
    expect(await codes({ f: { drafts: true } })).toEqual({ '': 'FORBIDDEN' });
    expect(await codes({})).toEqual({});
    expect(await codes({ on: true })).toEqual({ '': 'FORBIDDEN' });
    expect(await codes({ f: { raw: 1 } })).toEqual({});
    expect(ran).toHaveLength(3);
  });

  test('says which input it was, by the name that the client wrote', async () => {
    const contextValue = { credential: viewer('1'), clock };
    const source = 'mutation ($f: Filter) { write(filter: $f) }';
    const document = parse(source);
    const [operation] = document.definitions;
    if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
    const variables = { f: { not: { drafts: true } } };
    const error = refuseOperation({ schema, document, operation, variables, context: contextValue });
    expect(error?.message).toMatch(/^drafts: /);
    expect(error?.message).not.toMatch(/Filter|ADMIN|true/);
  });
});

describe('the values of variables', () => {
  test('may be as deep and as long as they like', async () => {
    let deep: unknown = { drafts: true };
    for (let level = 0; level < 3_000; level += 1) deep = { not: deep };
    const source = 'mutation ($f: [Filter]) { write(filters: $f) }';
    const refused = { data: undefined, errors: { '': 'FORBIDDEN' } };
    expect(await ask(schema, source, { variables: { f: deep }, credential: viewer('1') })).toEqual(refused);
    const many = [...Array.from({ length: 200_000 }, () => ({ text: '' })), { drafts: true }];
    expect(await ask(schema, source, { variables: { f: many }, credential: viewer('1') })).toEqual(refused);
  });

  test('are looked through once, however many fields are given them', async () => {
    let looks = 0;
    const filter = { and: [] as unknown[] };
    Object.defineProperty(filter, 'drafts', { get: () => void (looks += 1), enumerable: true });
    const fields = Array.from({ length: 500 }, (_, index) => `a${index}: write(filter: $f, filters: [$f])`).join(' ');
    const credential = viewer('1');
    await ask(schema, `mutation ($f: Filter) { ${fields} }`, { variables: { f: filter }, credential });
    expect(ran).toHaveLength(500);
    expect(looks).toBeLessThan(10);
  });
});

test('a subscription whose arguments provide it never starts its source stream', async () => {
  const source = 'subscription ($f: Filter) { ticks(filter: $f) }';
  const variables = { f: { drafts: true } };
  expect((await ask(schema, source, { variables })).errors).toEqual({ '': 'UNAUTHENTICATED' });
  expect(streams).toBe(0);
  expect((await ask(schema, source, { variables, credential: admin })).data).toEqual({ ticks: 1 });
  expect(streams).toBe(1);
});
