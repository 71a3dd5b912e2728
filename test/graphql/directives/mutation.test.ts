import { beforeEach, describe, expect, test } from '@jest/globals';
import { execute, parse, subscribe } from 'graphql';
import type { Credential } from '../../../src/domain/principal.js';
import { refuseOperation } from '../../../src/graphql/directives/judge-operation.js';
import { anonymous, ask, clock, expired, guarded, viewer } from './support.js';

let ran: string[] = [];
let streams = 0;
const act =
  (name: string, value: unknown = {}) =>
  () => {
    ran.push(name);
    return value;
  };
beforeEach(() => {
  ran = [];
  streams = 0;
});

const item = { kind: 'Item', id: 1, secret: 's', item: { id: 2 }, ownerId: 'a', own: 'mine' };
const schema = guarded(
  `interface Node { id: ID marked: String }
   interface Sealed implements Node { id: ID @hasRole(anyOf: EDITOR) marked: String }
   type Item implements Node { id: ID marked: String secret: String @hasRole(anyOf: ADMIN) item: Item
     own: String @owner(field: "ownerId") any: Any }
   type Vault implements Node @hasRole(anyOf: ADMIN) { id: ID marked: String @hasRole(anyOf: EDITOR) }
   type Boxed implements Node & Sealed { id: ID marked: String }
   union Any = Item | Vault | Boxed
   type Payload { item: Item node: Node any: Any sealed: Sealed query: Query }
   type Query { viewer: String @auth open: String @public }
   type Mutation @auth {
     write: Payload @public
     sensitive: Payload @auth(maxAgeSeconds: 600)
     administer: Payload @hasRole(anyOf: ADMIN)
     signIn: Payload @public
     signed: Payload
   }
   type Subscription { ticks: Item @auth open: Item leak: Vault }`,
  {
    Node: { __resolveType: ({ kind }: { kind: string }) => kind },
    Sealed: { __resolveType: () => 'Boxed' },
    Any: { __resolveType: ({ kind }: { kind: string }) => kind },
    Mutation: {
      write: act('write', { item, node: item, any: item }),
      sensitive: act('sensitive'),
      administer: act('administer'),
      signed: act('signed'),
      signIn: (_source, _args, context: { credential: Credential }) => {
        ran.push('signIn');
        context.credential = viewer('a');
        return { item };
      },
    },
    Query: { viewer: act('viewer', 'v'), open: act('open', 'o') },
    Subscription: Object.fromEntries(
      ['ticks', 'open', 'leak'].map((name) => [
        name,
        {
          subscribe: async function* () {
            streams += 1;
            yield { [name]: item };
          },
        },
      ]),
    ),
  },
);

/** Refused whole: no data, the code, and nothing ran. */
async function expectRefused(source: string, code: string, request: Parameters<typeof ask>[2] = {}): Promise<void> {
  expect(await ask(schema, source, request)).toEqual({ data: undefined, errors: { '': code } });
  expect(ran).toEqual([]);
}

describe('a mutation is judged whole, before it starts', () => {
  test('one refused root field among others: nothing runs', async () => {
    await expectRefused('mutation { write { item { id } } administer { item { id } } }', 'FORBIDDEN', {
      credential: viewer('1'),
    });
    await expectRefused('mutation { write { item { id } } signed { item { id } } }', 'UNAUTHENTICATED');
  });

  test.each([
    ['directly', 'mutation { write { item { secret } } }'],
    ['under an alias', 'mutation { write { a: item { b: secret } } }'],
    ['in an inline fragment', 'mutation { write { item { ... { ... on Node { id ... on Item { secret } } } } } }'],
    [
      'deep in named fragments',
      'mutation { ...M } fragment M on Mutation { write { ...P } } fragment P on Payload { item { item { ...I } } } fragment I on Item { item { secret } }',
    ],
    ['on a possible type of an interface', 'mutation { write { node { ... on Item { secret } } } }'],
    ['on a possible type of a union', 'mutation { write { any { ...I } } } fragment I on Item { secret }'],
    ['through an interface inside a union', 'mutation { write { any { ... on Node { ... on Item { secret } } } } }'],
    ['as the type of a fragment, if only for its name', 'mutation { write { node { ... on Vault { __typename } } } }'],
    ['as a field of a refused type', 'mutation { write { any { ... on Vault { id } } } }'],
    ['by an interface that the returned one implements', 'mutation { write { sealed { ... on Node { id } } } }'],
    ['by an interface’s own field', 'mutation { write { sealed { id } } }'],
    ['in a second selection of the same field', 'mutation { write { item { id } } write { item { secret } } }'],
    [
      'behind a condition that holds',
      'mutation ($on: Boolean!) { write { item @include(if: $on) { secret @skip(if: false) } } }',
    ],
    [
      'in a fragment that stands elsewhere behind one that does not',
      'mutation { write { item { ...I @skip(if: true) item { ...I } } } } fragment I on Item { secret }',
    ],
  ])('%s: a forbidden field stops everything', async (_, source) => {
    await expectRefused(source, 'FORBIDDEN', { credential: viewer('1'), variables: { on: true } });
    expect(
      (await ask(schema, source, { credential: viewer('1', ['ADMIN', 'EDITOR']), variables: { on: true } })).errors,
    ).toEqual({});
    expect(ran).toContain('write');
  });

  test('a root type reached again keeps its rules', async () => {
    await expectRefused('mutation { write { query { open viewer } } }', 'UNAUTHENTICATED');
    expect((await ask(schema, 'mutation { write { query { open } } }')).errors).toEqual({});
  });

  test('the root type’s rules stay lifted for its @public fields in fragments', async () => {
    const source =
      'mutation { ...F ... on Mutation { write { item { id } } } } fragment F on Mutation { signIn { item { id } } }';
    expect((await ask(schema, source)).errors).toEqual({});
    expect(ran.sort()).toEqual(['signIn', 'write']);
  });

  test('a stale proof asks for a fresh one, unless something is forbidden anyway', async () => {
    await expectRefused('mutation { sensitive { item { id } } }', 'REAUTHENTICATION_REQUIRED', {
      credential: viewer('1', [], 601),
    });
    await expectRefused('mutation { sensitive { item { id } } administer { item { id } } }', 'FORBIDDEN', {
      credential: viewer('1', [], 601),
    });
    expect(
      (await ask(schema, 'mutation { sensitive { item { id } } }', { credential: viewer('1', [], 600) })).errors,
    ).toEqual({});
  });

  test('the error says where, and its code why', async () => {
    const document = parse('mutation { write { item { secret } } }');
    const [operation] = document.definitions;
    if (operation?.kind !== 'OperationDefinition') throw new Error('no operation');
    const context = { credential: viewer('1'), clock };
    const error = refuseOperation({ schema, document, operation, variables: {}, context });
    expect(error?.toJSON()).toMatchObject({
      message: expect.stringMatching(/^secret: /),
      locations: [{ line: 1, column: 27 }],
      extensions: { code: 'FORBIDDEN' },
    });
  });
});

describe('what would not run does not count', () => {
  test.each([
    ['@skip by a literal', 'mutation { write { item { id secret @skip(if: true) } } }'],
    ['@include by a literal', 'mutation { write { item { id ... @include(if: false) { secret } } } }'],
    ['@skip by a default', 'mutation ($x: Boolean = true) { write { item { id secret @skip(if: $x) } } }'],
    [
      '@include by a default',
      'mutation ($x: Boolean! = false) { write { item { id } } administer @include(if: $x) { item { id } } }',
    ],
    [
      'either of two',
      'mutation ($x: Boolean = true) { write { item { id ... @include(if: true) { secret @skip(if: $x) } } } }',
    ],
    ['another operation', 'mutation A { write { item { id } } } mutation B { administer { item { id } } }'],
    [
      'a fragment of another operation',
      'mutation A { write { item { id } } } mutation B { write { ...F } } fragment F on Payload { item { secret } }',
    ],
  ])('%s', async (_, source) => {
    const operationName = source.includes(' A ') ? 'A' : undefined;
    const answered = await ask(schema, source, operationName === undefined ? {} : { operationName });
    expect(answered).toEqual({ data: { write: { item: { id: '1' } } }, errors: {} });
    expect(ran).toEqual(['write']);
  });

  test('and does so again once the variables say otherwise', async () => {
    const document = parse('mutation ($x: Boolean = true) { write { item { id secret @skip(if: $x) } } }');
    expect((await ask(schema, document)).errors).toEqual({});
    expect((await ask(schema, document, { variables: { x: true } })).errors).toEqual({});
    expect((await ask(schema, document, { variables: { x: false } })).errors).toEqual({ '': 'UNAUTHENTICATED' });
    expect((await ask(schema, document, { variables: { x: null } })).errors).toEqual({ '': 'UNAUTHENTICATED' });
    expect((await ask(schema, document, { variables: { x: 'true' } })).errors).toEqual({ '': 'UNAUTHENTICATED' });
    expect(ran).toEqual(['write', 'write']);
  });

  test('the other operation does, when it is the one asked for', async () => {
    const source = 'mutation A { write { item { id } } } mutation B { administer { item { id } } }';
    await expectRefused(source, 'FORBIDDEN', { operationName: 'B', credential: viewer('1') });
  });
});

describe('what only the object or the runtime type can tell', () => {
  test('does not stop a mutation: it nulls its value', async () => {
    const source = 'mutation { write { item { own id } node { marked } } }';
    expect(await ask(schema, source, { credential: viewer('b') })).toEqual({
      data: { write: { item: { own: null, id: '1' }, node: { marked: null } } },
      errors: { 'write.item.own': 'FORBIDDEN' },
    });
  });

  test('sees who was signed in on the way', async () => {
    const source = 'mutation { signIn { item { own id } } }';
    expect(await ask(schema, source)).toEqual({ data: { signIn: { item: { own: 'mine', id: '1' } } }, errors: {} });
    expect((await ask(schema, 'mutation { write { item { own } } }')).errors).toEqual({
      'write.item.own': 'UNAUTHENTICATED',
    });
  });
});

describe('a credential that is not usable', () => {
  test('refuses a mutation with a root field that is not @public', async () => {
    await expectRefused('mutation { write { item { id } } signed { item { id } } }', 'TOKEN_EXPIRED', {
      credential: expired,
    });
  });

  test('lets one of @public fields run, as if there were none', async () => {
    expect((await ask(schema, 'mutation { write { item { id } } __typename }', { credential: expired })).data).toEqual({
      write: { item: { id: '1' } },
      __typename: 'Mutation',
    });
    ran = [];
    await expectRefused('mutation { write { item { secret } } }', 'UNAUTHENTICATED', { credential: expired });
  });
});

describe('a subscription', () => {
  test('is refused before its source stream starts', async () => {
    for (const source of [
      'subscription { ticks { id } }',
      'subscription { open { secret } }',
      'subscription { open { ...I } } fragment I on Item { item { secret } }',
      'subscription { leak { __typename } }',
    ]) {
      await expectRefused(source, 'UNAUTHENTICATED', { credential: anonymous });
    }
    await expectRefused('subscription { open { id } }', 'TOKEN_EXPIRED', { credential: expired });
    expect(streams).toBe(0);
  });

  test('runs for whom it lets in', async () => {
    expect(await ask(schema, 'subscription { ticks { id } }', { credential: viewer('1') })).toEqual({
      data: { ticks: { id: '1' } },
      errors: {},
    });
    expect(streams).toBe(1);
  });

  test('is refused by its guard where nothing judged before', async () => {
    const contextValue = { credential: anonymous, clock };
    const result = await subscribe({ schema, document: parse('subscription { ticks { id } }'), contextValue });
    expect(result).toMatchObject({ errors: [{ originalError: { code: 'UNAUTHENTICATED' } }] });
    expect(streams).toBe(0);
  });
});

test('the guards hold for a mutation that nothing judged before', async () => {
  const contextValue = { credential: viewer('1'), clock };
  const result = await execute({ schema, document: parse('mutation { administer { item { id } } }'), contextValue });
  expect(result.data).toEqual({ administer: null });
  expect(ran).toEqual([]);
});
