import { describe, expect, test } from '@jest/globals';
import { makeExecutableSchema } from '@graphql-tools/schema';
import {
  buildASTSchema,
  buildSchema,
  extendSchema,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  isAbstractType,
  isObjectType,
  parse,
} from 'graphql';
import { assertGuarded, protectionOf, protectSchema } from '../../../src/graphql/directives/protect.js';
import { directiveSdl, guarded, ROLES, roleSdl, unguarded } from './support.js';

/** What the start says, line by line. */
function faults(start: () => unknown): string[] {
  try {
    start();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return error.message.split('\n').slice(1);
  }
  return [];
}

const startOf = (sdl: string, options = {}): string[] => faults(() => guarded(sdl, {}, options));

describe('the start is refused, with the coordinate, for', () => {
  test.each([
    [
      'an unknown role',
      'type Query { a: Int @hasRole(anyOf: [ADMIN, ROOT]) }',
      'Query.a: @hasRole names the role "ROOT"',
    ],
    [
      'an unknown role in orRole',
      'type A { b: Int @owner(orRole: [ROOT]) } type Query { a: A }',
      'A.b: @owner names the role "ROOT"',
    ],
    [
      'an unknown role on an interface',
      'interface I @hasRole(anyOf: ROOT) { a: Int } type Query { a: I }',
      'I: @hasRole names the role "ROOT"',
    ],
    [
      'an empty list',
      'type Query { a: Int @hasRole(anyOf: []) }',
      'Query.a: @hasRole needs at least one role in anyOf',
    ],
    [
      'a null list',
      'type Query { a: Int @hasRole(anyOf: null) }',
      'Query.a: @hasRole needs at least one role in anyOf',
    ],
    [
      'a null in a list',
      'type Query { a: Int @hasRole(anyOf: [ADMIN, null]) }',
      'Query.a: @hasRole names the role null',
    ],
    [
      'an empty orRole',
      'type A @owner(orRole: []) { b: Int } type Query { a: A }',
      'A: @owner needs at least one role in orRole',
    ],
    [
      'a null orRole',
      'type A { b: Int @owner(orRole: null) } type Query { a: A }',
      'A.b: @owner needs at least one role in orRole',
    ],
    [
      'a null field of @owner',
      'type A { b: Int @owner(field: null) } type Query { a: A }',
      'A.b: @owner needs the name of a property as field',
    ],
    [
      'an empty field of @owner',
      'type A { b: Int @owner(field: "") } type Query { a: A }',
      'A.b: @owner needs the name of a property as field',
    ],
    [
      'an age of zero',
      'type Query { a: Int @auth(maxAgeSeconds: 0) }',
      'Query.a: @auth needs a positive whole number as maxAgeSeconds, not 0',
    ],
    [
      'a negative age',
      'type Query { a: Int @auth(maxAgeSeconds: -1) }',
      'Query.a: @auth needs a positive whole number',
    ],
    [
      'an age that is not whole',
      'type Query { a: Int @auth(maxAgeSeconds: 1.5) }',
      'Query.a: @auth needs a positive whole number',
    ],
    [
      'an age that is text',
      'type Query { a: Int @auth(maxAgeSeconds: "60") }',
      'Query.a: @auth needs a positive whole number',
    ],
    [
      'an age of null',
      'type Query { a: Int @auth(maxAgeSeconds: null) }',
      'Query.a: @auth needs a positive whole number',
    ],
    [
      '@public beside another rule',
      'type Query { a: Int @public @auth }',
      'Query.a: @public stands beside another rule',
    ],
    ['@public beside @owner', 'type Query { a: Int @public @owner }', 'Query.a: @public stands beside another rule'],
    [
      '@public beside an interface’s rule',
      'interface I { a: Int @auth } type Query implements I { a: Int @public }',
      'Query.a: @public stands beside a rule of the same field on an interface',
    ],
    [
      '@public off a root type',
      'type A { b: Int @public } type Query { a: A }',
      'A.b: @public may stand on fields of root types only',
    ],
    [
      '@public on an interface',
      'interface I { a: Int @public } type Query implements I { a: Int }',
      'I.a: @public may stand on fields of root types only',
    ],
    [
      'an empty list of permissions',
      'type Query { a: Int @hasPermission(anyOf: []) }',
      'Query.a: @hasPermission needs at least one permission in anyOf',
    ],
    [
      'a null list of permissions',
      'type Query { a(b: Int @hasPermission(anyOf: null)): Int }',
      'Query.a(b:): @hasPermission needs at least one permission in anyOf',
    ],
    ...[
      '',
      ' ',
      'post:',
      ':write',
      'post write',
      'post:*',
      '*',
      'post::write',
      '1st',
      'post:write\\n',
      'x'.repeat(101),
    ].map((name): [string, string, string] => [
      `the permission "${name}"`,
      `type Query { a: Int @hasPermission(anyOf: ["post:write", "${name}"]) }`,
      `Query.a: @hasPermission names the permission "${name}" in anyOf: write it like "post:write"`,
    ]),
    [
      'an unknown role on a union',
      'type A { b: Int } union U @hasRole(anyOf: ROOT) = A type Query { a: U }',
      'U: @hasRole names the role "ROOT"',
    ],
    [
      'an unknown role on an input field',
      'input In { b: Int @hasRole(anyOf: ROOT) } type Query { a(in: In): Int }',
      'In.b: @hasRole names the role "ROOT"',
    ],
    [
      'a rule on an argument with a default',
      'type Query { a(b: Int = 1 @auth): Int }',
      'Query.a(b:): has a rule and a default value',
    ],
    [
      'a rule on an argument whose default is null',
      'type Query { a(b: Int = null @auth): Int }',
      'Query.a(b:): has a rule and a default value',
    ],
    [
      'a default on an argument that an interface rules',
      'interface I { a(b: Int @auth): Int } type A implements I { a(b: Int = 1): Int } type Query { a: A }',
      'A.a(b:): has a rule and a default value',
    ],
    [
      'a rule on an input field with a default',
      'input In { b: Int = 1 @auth } type Query { a(in: In): Int }',
      'In.b: has a rule and a default value',
    ],
    [
      'a default of an argument that provides a ruled input field',
      'input In { b: Inner } input Inner { c: Int @auth } type Query { a(in: [In] = [{ b: { c: null } }]): Int }',
      'Query.a(in:): its default value provides Inner.c, which has a rule',
    ],
    [
      'a default of an input field that provides a ruled one',
      'input In { b: Inner = { c: 1 } } input Inner { c: Int @auth } type Query { a(in: In): Int }',
      'In.b: its default value provides Inner.c, which has a rule',
    ],
    ['@owner on a root type', 'type Query @owner { a: Int }', 'Query: @owner has no object to judge'],
    [
      '@owner on a root field',
      'type Query { a: Int } type Mutation { b: Int @owner }',
      'Mutation.b: @owner has no object to judge',
    ],
    [
      '@owner that a root field inherits',
      'interface I { a: Int @owner } type Query implements I { a: Int }',
      'Query.a: @owner has no object to judge',
    ],
  ])('%s', (_, sdl, fault) => {
    expect(startOf(sdl)).toContainEqual(expect.stringContaining(fault));
  });

  test('all of its faults at once', () => {
    const sdl = `
      type Query { a: Int @hasRole(anyOf: []) b: Int @auth(maxAgeSeconds: 0) c: Int @public @hasRole(anyOf: ROOT) }
      type Mutation { d: Int }
    `;
    expect(startOf(sdl, { coverage: 'required' }).map((fault) => /^- ([\w.]+):/.exec(fault)?.[1])).toEqual(
      expect.arrayContaining(['Query.a', 'Query.b', 'Query.c', 'Mutation.d']),
    );
  });
});

describe('coverage', () => {
  const sdl = `
    interface Api { inherited: Int @auth }
    type Kind @auth { id: Int }
    type Query implements Api { own: Int @auth open: Int @public inherited: Int returned: Kind bare: Int }
    type Mutation @auth { covered: Int }
    type Subscription { bare: Int }
  `;

  test('required: a root field without a rule of its own or of its type stops the start', () => {
    const coordinates = startOf(sdl, { coverage: 'required' }).map((fault) => /^- ([\w.]+):/.exec(fault)?.[1]);
    expect(coordinates).toEqual(['Query.returned', 'Query.bare', 'Subscription.bare']);
  });

  test('optional, the default: it does not', () => {
    expect(startOf(sdl)).toEqual([]);
    expect(startOf(sdl, { coverage: 'optional' })).toEqual([]);
  });
});

describe('a rule where nothing would guard it', () => {
  const places: [string, string, string][] = [
    ['an argument, for @owner', 'type Query { a(b: Int @owner): Int }', 'Query.a(b:): @owner'],
    ['an argument, for @public', 'type Query { a(b: Int @public): Int }', 'Query.a(b:): @public'],
    ['an input field, for @owner', 'input In { b: Int @owner } type Query { a(in: In): Int }', 'In.b: @owner'],
    ['a union, for @owner', 'type A { b: Int } union U @owner = A type Query { a: U }', 'U: @owner'],
    ['an enum', 'enum E @auth { X } type Query { a: E }', 'E: @auth'],
    ['an enum value', 'enum E { X @auth } type Query { a: E }', 'E.X: @auth'],
    ['a scalar', 'scalar S @auth type Query { a: S }', 'S: @auth'],
    ['an input type', 'input In @auth { b: Int } type Query { a(in: In): Int }', 'In: @auth'],
    ['the schema', 'schema @auth { query: Query } type Query { a: Int }', 'schema: @auth'],
    ['an interface, for @owner', 'interface I @owner { a: Int } type Query { a: I }', 'I: @owner'],
    ['a type, for @public', 'type Query @public { a: Int }', 'Query: @public'],
  ];

  test.each(places)('%s: is refused by GraphQL itself', (_, sdl) => {
    expect(() => unguarded(sdl)).toThrow(/may not be used on/);
  });

  test.each(places)('%s: stops the start where GraphQL was told not to look', (_, sdl, fault) => {
    const schema = buildASTSchema(parse(`${directiveSdl} ${roleSdl} ${sdl}`), { assumeValidSDL: true });
    expect(faults(() => protectSchema({ schema, roles: ROLES }))).toContainEqual(expect.stringContaining(fault));
  });

  test.each([
    ['an argument of a directive', 'directive @d(b: Int @auth) on FIELD type Query { a: Int }', '@d(b:): @auth cannot'],
    [
      'an input field that an argument of a directive reaches',
      'input In { b: [Inner] } input Inner { c: Int @auth } directive @d(in: [In!]) on FIELD type Query { a: Int }',
      '@d(in:): takes In, whose rules cannot be guarded',
    ],
  ])('%s: stops the start', (_, sdl, fault) => {
    expect(startOf(sdl)).toContainEqual(expect.stringContaining(fault));
  });

  test('an argument that the directive does not have, or has twice, stops the start', () => {
    const sdl = 'type Query { a: Int @auth(maxAge: 60) b: Int @hasRole(anyOf: ADMIN, anyOf: EDITOR) }';
    expect(() => unguarded(sdl)).toThrow(/Unknown argument/);
    const schema = buildASTSchema(parse(`${directiveSdl} ${roleSdl} ${sdl}`), { assumeValidSDL: true });
    expect(faults(() => protectSchema({ schema, roles: ROLES }))).toEqual([
      expect.stringContaining('Query.a: @auth has no argument "maxAge"'),
      expect.stringContaining('Query.b: @hasRole is given "anyOf" twice'),
    ]);
  });

  test('a directive of the same name that means something else stops the start', () => {
    const schema = buildSchema(
      'directive @auth(requires: String) on FIELD_DEFINITION type Query { a: Int @auth(requires: "x") }',
    );
    expect(faults(() => protectSchema({ schema, roles: ROLES }))).toContainEqual(
      expect.stringContaining('@auth: is declared differently'),
    );
  });

  test('a role that the enum does not have is unknown, even where the server was told of it', () => {
    const schema = makeExecutableSchema({
      typeDefs: [directiveSdl, 'enum Role { ADMIN } type Query { a: Int @hasRole(anyOf: EDITOR) }'],
    });
    expect(faults(() => protectSchema({ schema, roles: ROLES }))).toContainEqual(expect.stringContaining('"EDITOR"'));
  });
});

describe('a schema that changed after it was protected', () => {
  const sdl = 'type Query { a: Int @auth } type Subscription { s: Int @auth }';

  test('is refused where a resolver was put over the guard', () => {
    const schema = guarded(sdl);
    expect(faults(() => assertGuarded(schema))).toEqual([]);
    const field = schema.getQueryType()?.getFields()['a'];
    if (field) field.resolve = () => 1;
    expect(faults(() => assertGuarded(schema))).toEqual([expect.stringContaining('Query.a: lost its guard')]);
  });

  test('is refused where a source stream was put over the guard', () => {
    const schema = guarded(sdl);
    const field = schema.getSubscriptionType()?.getFields()['s'];
    if (field) delete field.subscribe;
    expect(faults(() => assertGuarded(schema))).toEqual([expect.stringContaining('Subscription.s: lost its guard')]);
  });

  test('is refused where the field of an argument with a rule lost its guard', () => {
    const schema = guarded('input In { b: Int @auth } type Query { a(in: In): Int c(in: Int): Int }');
    for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) field.resolve = () => 1;
    expect(faults(() => assertGuarded(schema))).toEqual([expect.stringContaining('Query.a: lost its guard')]);
  });

  test('is refused where an interface, a union or an owned type lost its guard', () => {
    const schema = guarded(
      `interface I { id: ID } interface Free { id: ID } union U = Owned | Other type Other implements Free { id: ID }
       type Owned implements I @owner { id: ID } type Query { i: I u: U f: Free }`,
      { Owned: { __isTypeOf: () => true } },
    );
    expect(faults(() => assertGuarded(schema))).toEqual([]);
    for (const name of ['I', 'U', 'Free', 'Owned', 'Other']) {
      const type = schema.getType(name);
      if (isObjectType(type)) type.isTypeOf = () => true;
      else if (isAbstractType(type)) type.resolveType = () => 'Owned';
    }
    expect(faults(() => assertGuarded(schema)).map((fault) => /^- (\w+): lost/.exec(fault)?.[1])).toEqual(
      expect.arrayContaining(['I', 'U', 'Owned']),
    );
    expect(faults(() => assertGuarded(schema))).toHaveLength(3);
  });

  test('is refused where it is another one, or never was protected', () => {
    const changed = extendSchema(guarded(sdl), parse('extend type Query @hasRole(anyOf: ADMIN)'));
    expect(() => assertGuarded(changed)).toThrow(TypeError);
    expect(() => protectionOf(unguarded(sdl))).toThrow(TypeError);
  });
});

test('a schema written in code is read by its extensions, in both shapes', () => {
  const field = (directives: unknown): object => ({ type: GraphQLString, extensions: { directives } });
  const query = new GraphQLObjectType({
    name: 'Query',
    fields: {
      map: field({ hasRole: { anyOf: ['ADMIN'] } }),
      mapOfLists: field({ hasRole: [{ anyOf: ['ADMIN'] }, { anyOf: ['EDITOR'] }] }),
      list: field([{ name: 'auth', args: { maxAgeSeconds: 60 } }, { name: 'auth' }]),
    } as never,
  });
  const schema = protectSchema({ schema: new GraphQLSchema({ query }), roles: ROLES });
  const { compiled } = protectionOf(schema);
  expect(compiled.ofField('Query', 'map').whole.roles).toEqual([['ADMIN']]);
  expect(compiled.ofField('Query', 'mapOfLists').whole.roles).toEqual([['ADMIN'], ['EDITOR']]);
  expect(compiled.ofField('Query', 'list').whole).toMatchObject({ auth: true, maxAgeSeconds: 60 });
});

test('an interface’s interfaces count, also where the type fails to name them', () => {
  const sdl = `
    interface Top @hasRole(anyOf: ADMIN) { a: Int @hasRole(anyOf: EDITOR) }
    interface Middle implements Top { a: Int }
    type Low implements Middle { a: Int }
    type Query { low: Low }
  `;
  const schema = buildSchema(`${directiveSdl} ${roleSdl} ${sdl}`, { assumeValid: true });
  const { compiled } = protectionOf(protectSchema({ schema, roles: ROLES }));
  expect(compiled.ofField('Low', 'a').whole.roles).toEqual([['ADMIN'], ['EDITOR']]);
  expect(compiled.ofField('Query', 'low').whole.roles).toEqual([['ADMIN']]);
});
