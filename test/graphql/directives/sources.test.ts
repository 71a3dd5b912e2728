import { describe, expect, test } from '@jest/globals';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { parse } from 'graphql';
import { protectionOf, protectSchema } from '../../../src/graphql/directives/protect.js';
import { assertSeparateSources } from '../../../src/graphql/directives/sources.js';
import type { Sources } from '../../../src/graphql/directives/sources.js';
import { directiveSdl, ROLES, roleSdl } from './support.js';

const ours: Sources = {
  typeDefs: [
    directiveSdl,
    parse(roleSdl),
    `scalar DateTime
     interface Node { id: ID! }
     type Query { viewer: User @auth }
     type Mutation { signIn(input: SignInInput!): User @public }
     input SignInInput { email: String! }
     type User implements Node @owner(orRole: [ADMIN]) { id: ID! email: String @hasRole(anyOf: [ADMIN, MODERATOR]) }`,
  ],
};

/** The coordinates that the check objects to. */
function objections(theirs: Sources): string[] {
  try {
    assertSeparateSources(ours, theirs);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return error.message.split('\n').flatMap((line) => /^- (\S+):/.exec(line)?.[1] ?? []);
  }
  return [];
}

describe('an application may add', () => {
  test.each([
    [
      'types, fields and roles',
      'type Draft { id: ID } extend type Query { drafts: [Draft] @auth } extend type User { nick: String } extend enum Role { AUTHOR }',
    ],
    [
      'rules and interfaces to a type of ours',
      'interface Named { id: ID! } extend type User implements Named @hasRole(anyOf: ADMIN)',
    ],
    ['optional input', 'extend input SignInInput { captcha: String }'],
    ['a root type that we have not', 'type Subscription { ticks: Int @auth }'],
    [
      'directives of its own',
      'directive @cost(weight: Int) on FIELD_DEFINITION extend type Query { x: Int @cost(weight: 1) }',
    ],
    ['the schema as it is', 'schema { query: Query mutation: Mutation }'],
  ])('%s', (_, typeDefs) => {
    expect(objections({ typeDefs })).toEqual([]);
    expect(objections({ typeDefs: [parse(typeDefs), [[]]] })).toEqual([]);
  });

  test('resolvers of its own types and of the fields that it adds to ours', () => {
    const resolvers = [{ Draft: { id: () => 1 } }, { User: { nick: () => 'n' }, Query: { drafts: () => [] } }];
    expect(objections({ typeDefs: 'extend type User { nick: String }', resolvers })).toEqual([]);
  });
});

describe('an application may not declare again', () => {
  test.each([
    ['a directive', 'directive @auth(requires: String) on FIELD_DEFINITION', ['@auth']],
    ['a directive, as a type of its name', 'scalar hasRole', ['hasRole']],
    ['a type', 'type User { nick: String }', ['User']],
    ['a root type', 'type Query { drafts: Int }', ['Query']],
    ['a type as another kind', 'scalar User', ['User']],
    ['a scalar', 'scalar DateTime', ['DateTime']],
    ['the roles', 'enum Role { AUTHOR }', ['Role']],
    ['one role', 'extend enum Role { ADMIN }', ['Role.ADMIN']],
    ['a field', 'extend type User { email: String }', ['User.email']],
    ['a root field', 'extend type Mutation { signIn(input: SignInInput!): User @auth }', ['Mutation.signIn']],
    ['a field of an interface', 'extend interface Node { id: ID! @auth }', ['Node.id']],
    ['an input field', 'extend input SignInInput { email: String }', ['SignInInput.email']],
    ['what the root types are', 'type Mine { a: Int } schema { query: Mine mutation: Mutation }', ['schema']],
    [
      'what the root types are, by an extension',
      'type Mine { a: Int } extend schema { subscription: Mine }',
      ['schema'],
    ],
    [
      'several of them, named all at once',
      'type User { id: ID } extend type Query { viewer: Int }',
      ['User', 'User.id', 'Query.viewer'],
    ],
  ])('%s', (_, typeDefs, coordinates) => {
    expect(objections({ typeDefs })).toEqual(coordinates);
    expect(objections({ typeDefs: ['type Other { a: Int }', [parse(typeDefs)]] })).toEqual(coordinates);
  });

  test.each([
    ['a field', { User: { email: () => 'x' } }, ['User.email']],
    ['a root field', { Mutation: { signIn: () => null } }, ['Mutation.signIn']],
    ['a field of an interface', { Node: { id: () => 1 } }, ['Node.id']],
    [
      'what a type is written as',
      { User: { __astNode: {}, __isTypeOf: () => true } },
      ['User.__astNode', 'User.__isTypeOf'],
    ],
    ['the runtime type', { Node: { __resolveType: () => 'User' } }, ['Node.__resolveType']],
    ['a scalar', { DateTime: {} }, ['DateTime']],
    ['what a role is inside', { Role: { AUTHOR: 7 } }, ['Role']],
    [
      'an inherited resolver',
      Object.create({ User: Object.create({ email: () => 'x' }) as object }) as object,
      ['User.email'],
    ],
  ])('%s by a resolver', (_, resolvers, coordinates) => {
    expect(objections({ typeDefs: 'type Other { a: Int }', resolvers: resolvers as never })).toEqual(coordinates);
    expect(objections({ typeDefs: [], resolvers: [{}, resolvers as never] })).toEqual(coordinates);
  });

  test('by anything but SDL', () => {
    expect(() => assertSeparateSources(ours, { typeDefs: {} as never })).toThrow(TypeError);
    expect(() => assertSeparateSources(ours, { typeDefs: [(() => 'type User { id: ID }') as never] })).toThrow(
      TypeError,
    );
  });
});

describe('what merging would turn into less than was written', () => {
  /** The roles that let a viewer in beside the owner, or by `@hasRole`, once graphql-tools has merged. */
  const merged = (
    ...typeDefs: string[]
  ): ReturnType<ReturnType<typeof protectionOf>['compiled']['ofField']>['whole'] => {
    const schema = makeExecutableSchema({ typeDefs: [directiveSdl, roleSdl, 'type Query { a: A }', ...typeDefs] });
    return protectionOf(protectSchema({ schema, roles: ROLES })).compiled.ofField('A', 'b').whole;
  };

  test('a second @owner, whose roles would join those of the first', () => {
    const typeDefs = ['type A @owner(orRole: [ADMIN]) { b: Int }', 'extend type A @owner(orRole: [EDITOR])'];
    expect(merged(...typeDefs).owners).toEqual([{ field: 'id', orRole: ['ADMIN', 'EDITOR'] }]);
    expect(objections({ typeDefs })).toEqual(['A']);
    expect(objections({ typeDefs: 'extend type User @owner(orRole: [EDITOR])' })).toEqual(['User']);
    expect(
      objections({ typeDefs: ['type A { b: Int @owner }', 'extend type A { b: Int @owner(field: "x") }'] }),
    ).toEqual(['A.b']);
  });

  test('a list that names a role twice, which would be dropped for a longer one', () => {
    const typeDefs = [
      'type A @hasRole(anyOf: [ADMIN, EDITOR]) { b: Int }',
      'extend type A @hasRole(anyOf: [ADMIN, ADMIN])',
    ];
    expect(merged(...typeDefs).roles.length).toBeLessThan(2);
    expect(objections({ typeDefs })).toEqual(['A']);
  });

  test('a list that names a permission twice', () => {
    expect(objections({ typeDefs: 'type A { b: Int @hasPermission(anyOf: ["p:a", "p:b", "p:a"]) }' })).toEqual(['A.b']);
  });

  const ruleOfInput = (...typeDefs: string[]): readonly (readonly string[])[] => {
    const schema = makeExecutableSchema({ typeDefs: [directiveSdl, roleSdl, ...typeDefs] });
    const { compiled } = protectionOf(protectSchema({ schema, roles: ROLES }));
    return compiled
      .ofField('Query', 'a')
      .inputs.flatMap(({ requirement, fields }) => [
        ...requirement.roles,
        ...fields.flatMap((field) => field.requirement.roles),
      ]);
  };

  test('an input field that is declared twice, whose roles would be joined', () => {
    const typeDefs = [
      'input In { b: Int @hasRole(anyOf: [ADMIN]) } type Query { a(in: In): Int }',
      'extend input In { b: Int @hasRole(anyOf: [EDITOR]) }',
    ];
    expect(ruleOfInput(...typeDefs)).toEqual([['ADMIN', 'EDITOR']]);
    expect(objections({ typeDefs })).toContain('In.b');
  });

  test('an argument that is declared twice, of which one declaration would be dropped', () => {
    const typeDefs = ['type Query { a(b: Int @hasRole(anyOf: [ADMIN])): Int }', 'extend type Query { a(b: Int): Int }'];
    expect(ruleOfInput(...typeDefs)).toEqual([]);
    expect(objections({ typeDefs })).toContain('Query.a(b:)');
    expect(objections({ typeDefs: ['type X { a(b: Int): Int }', 'extend type X { a(b: Int): Int }'] })).toEqual([]);
  });

  test('but not the rules of a union, which all hold', () => {
    const typeDefs = [
      'type A { b: Int } union U @hasRole(anyOf: [ADMIN]) = A type Query { u: U }',
      'extend union U @hasRole(anyOf: [EDITOR])',
    ];
    const schema = makeExecutableSchema({ typeDefs: [directiveSdl, roleSdl, ...typeDefs] });
    const { compiled } = protectionOf(protectSchema({ schema, roles: ROLES }));
    expect(compiled.ofField('Query', 'u').whole.roles).toEqual([['ADMIN'], ['EDITOR']]);
    expect(objections({ typeDefs: typeDefs[1] ?? '' })).toEqual([]);
  });

  test('but not repeated @hasRole and @auth, which all hold', () => {
    const typeDefs = [
      'type A @hasRole(anyOf: [ADMIN, EDITOR]) @auth { b: Int @hasRole(anyOf: [MODERATOR]) }',
      'extend type A @hasRole(anyOf: [ADMIN]) @auth(maxAgeSeconds: 60)',
      'extend type A @auth(maxAgeSeconds: 90)',
    ];
    expect(objections({ typeDefs })).toEqual([]);
    expect(merged(...typeDefs)).toMatchObject({
      maxAgeSeconds: 60,
      roles: [['ADMIN', 'EDITOR'], ['ADMIN'], ['MODERATOR']],
    });
  });
});
