import { describe, expect, test } from '@jest/globals';
import type { IResolvers } from '@graphql-tools/utils';
import { defaultTypeResolver, execute, isAbstractType, isObjectType, parse } from 'graphql';
import type { GraphQLResolveInfo } from 'graphql';
import { protectSchema } from '../../../src/graphql/directives/protect.js';
import { anonymous, ask, clock, guarded, ROLES, unguarded, viewer } from './support.js';

const sdl = `
  interface Node { id: ID }
  interface Deep implements Node { id: ID }
  type Owned implements Node @owner(field: "by", orRole: [EDITOR]) { id: ID }
  type Free implements Node { id: ID }
  type Secret implements Node & Deep @hasRole(anyOf: ADMIN) { id: ID }
  union Any = Owned | Free | Secret
  type Query { nodes: [Node] any: [Any] deep: Deep owned: [Owned!] one: Owned }
`;
const free = { kind: 'Free', id: 1 };
const secret = { kind: 'Secret', id: 2 };
const owned = (by: string): object => ({ kind: 'Owned', id: 3, by });
const values = [free, secret, owned('a'), owned('b')];
interface Kind {
  readonly kind: string;
}

const Query = {
  nodes: () => values,
  any: () => values,
  deep: () => secret,
  owned: () => [owned('a'), owned('b')],
  one: () => owned('b'),
};
const typed = (value: object): object => ({ ...value, __typename: (value as Kind).kind });

/** The ways in which graphql-js finds out a runtime type. */
const STRATEGIES: readonly (readonly [string, IResolvers])[] = [
  ['resolveType', { Query, ...onAll(() => ({ __resolveType: ({ kind }: Kind) => kind })) }],
  ['resolveType that promises', { Query, ...onAll(() => ({ __resolveType: async ({ kind }: Kind) => kind })) }],
  ['isTypeOf', { Query, ...onEach((name) => ({ __isTypeOf: ({ kind }: Kind) => kind === name })) }],
  ['isTypeOf that promises', { Query, ...onEach((name) => ({ __isTypeOf: async ({ kind }: Kind) => kind === name })) }],
  [
    '__typename of the value',
    { Query: { ...Query, nodes: () => values.map(typed), any: () => values.map(typed), deep: () => typed(secret) } },
  ],
  [
    'resolveType that falls back to isTypeOf',
    {
      Query,
      ...onEach((name) => (name === 'Owned' ? {} : { __isTypeOf: ({ kind }: Kind) => kind === name })),
      ...onAll(() => ({
        __resolveType: (value: Kind, context: unknown, info: GraphQLResolveInfo, type: never) =>
          value.kind === 'Owned' ? 'Owned' : defaultTypeResolver(value, context, info, type),
      })),
    },
  ],
];
function onAll(make: () => object): IResolvers {
  return Object.fromEntries<never>(['Node', 'Deep', 'Any'].map((name) => [name, make() as never]));
}
function onEach(make: (name: string) => object): IResolvers {
  return Object.fromEntries<never>(['Free', 'Secret', 'Owned'].map((name) => [name, make(name) as never]));
}

describe.each(STRATEGIES)('a value whose runtime type is found by %s', (_, resolvers) => {
  const schema = guarded(sdl, resolvers);

  test('is null with an error where that type is refused, if only its name is asked for', async () => {
    const query = '{ nodes { __typename } any { n: __typename } deep { __typename } }';
    expect(await ask(schema, query, { credential: viewer('a') })).toEqual({
      data: {
        nodes: [{ __typename: 'Free' }, null, { __typename: 'Owned' }, null],
        any: [{ n: 'Free' }, null, { n: 'Owned' }, null],
        deep: null,
      },
      errors: {
        'nodes.1': 'FORBIDDEN',
        'nodes.3': 'FORBIDDEN',
        'any.1': 'FORBIDDEN',
        'any.3': 'FORBIDDEN',
        deep: 'FORBIDDEN',
      },
    });
    expect((await ask(schema, '{ any { __typename } }')).errors).toEqual({
      'any.1': 'UNAUTHENTICATED',
      'any.2': 'UNAUTHENTICATED',
      'any.3': 'UNAUTHENTICATED',
    });
  });

  test('is there for whom it lets in, under every selection', async () => {
    const query = '{ nodes { __typename id } any { ... on Owned { id } ... on Node { id } } deep { id } }';
    const answer = await ask(schema, query, { credential: viewer('c', ['ADMIN', 'EDITOR']) });
    expect(answer.errors).toEqual({});
    expect(answer.data).toMatchObject({
      nodes: [{ id: '1' }, { id: '2' }, { id: '3' }, { id: '3' }],
      deep: { id: '2' },
    });
  });

  test('is null where its fields are selected by fragments, or nothing fits it', async () => {
    const query = '{ any { ... on Free { id } ...N } } fragment N on Deep { id }';
    expect((await ask(schema, query, { credential: viewer('a') })).data).toEqual({
      any: [{ id: '1' }, null, {}, null],
    });
  });
});

describe('an object that @owner refuses, on a field of its own type', () => {
  const answers = { owned: [{ __typename: 'Owned' }, { __typename: 'Owned' }], one: { __typename: 'Owned' } };

  test.each(STRATEGIES)('is null whatever is selected of it: %s', async (_, resolvers) => {
    const schema = guarded(sdl, resolvers);
    const query = '{ owned { __typename } one { __typename } }';
    expect(await ask(schema, query, { credential: viewer('a') })).toEqual({
      data: { owned: null, one: null },
      errors: { 'owned.1': 'FORBIDDEN', one: 'FORBIDDEN' },
    });
    expect(await ask(schema, query, { credential: viewer('c', ['EDITOR']) })).toEqual({ data: answers, errors: {} });
  });

  test('is asked for once it is there: promises and lists of them', async () => {
    const later = { ...Query, owned: async () => [Promise.resolve(owned('b'))], one: async () => owned('b') };
    const schema = guarded(sdl, { Query: later });
    expect((await ask(schema, '{ owned { id } one { id } }', { credential: viewer('a') })).errors).toEqual({
      'owned.0': 'FORBIDDEN',
      one: 'FORBIDDEN',
    });
  });

  test('whose isTypeOf says no is an error of the schema, as without rules', async () => {
    const schema = guarded(sdl, { Query, Owned: { __isTypeOf: () => false } });
    const { errors } = await ask(schema, '{ one { id } }', { credential: viewer('b') });
    expect(errors['one']).toMatch(/^Expected value of type "Owned"/);
  });
});

describe('the guards of types', () => {
  test('are synchronous where the application is, and make no promise of their own', () => {
    const [, resolvers] = STRATEGIES[0]!;
    const document = parse('{ nodes { __typename id } any { __typename } owned { id } }');
    const contextValue = { credential: viewer('a', ['ADMIN', 'EDITOR']), clock };
    const result = execute({ schema: guarded(sdl, resolvers), document, contextValue });
    expect(result).not.toBeInstanceOf(Promise);
    expect(result).toMatchObject({ data: { nodes: { length: 4 } } });
  });

  test('stand on those types alone that may be refused', () => {
    const more = `${sdl} interface Plain { id: ID } type P1 implements Plain { id: ID } extend type Query { plain: Plain }`;
    const before = unguarded(more, STRATEGIES[2]![1]);
    const after = protectSchema({ schema: before, roles: ROLES });
    const changed = Object.keys(before.getTypeMap()).filter((name) => {
      const [was, is] = [before.getType(name), after.getType(name)];
      if (isAbstractType(was) && isAbstractType(is)) return was.resolveType !== is.resolveType;
      return isObjectType(was) && isObjectType(is) && was.isTypeOf !== is.isTypeOf;
    });
    expect(changed.sort()).toEqual(['Any', 'Deep', 'Node', 'Owned']);
  });

  test('answer whoever asks for a type outside of an execution, and judge nobody', () => {
    const ofOwned = (resolvers: IResolvers): unknown => {
      const type = guarded(sdl, resolvers).getType('Owned');
      return isObjectType(type) && type.isTypeOf?.(owned('b'), undefined, undefined as never);
    };
    expect(ofOwned(STRATEGIES[2]![1])).toBe(true);
    expect(ofOwned(STRATEGIES[0]![1])).toBe(false);
  });

  test('refuse what they protect where the execution has no context', async () => {
    const schema = guarded(sdl, STRATEGIES[0]![1]);
    const result = await execute({ schema, document: parse('{ one { __typename } nodes { __typename } }') });
    expect(result.data).toEqual({ one: null, nodes: [{ __typename: 'Free' }, null, null, null] });
    expect((await ask(schema, '{ one { id } }', { credential: anonymous })).errors).toEqual({ one: 'UNAUTHENTICATED' });
  });

  test('see who was signed in on the way', async () => {
    const schema = guarded(`${sdl} type Mutation { signIn: Owned @public }`, {
      Query,
      Mutation: {
        signIn: (_source, _args, context: { credential: unknown }) => {
          context.credential = viewer('b');
          return owned('b');
        },
      },
    });
    expect(await ask(schema, 'mutation { signIn { id } }')).toEqual({ data: { signIn: { id: '3' } }, errors: {} });
  });
});
