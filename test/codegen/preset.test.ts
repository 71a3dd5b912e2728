import { codegen } from '@graphql-codegen/core';
import type { Types } from '@graphql-codegen/plugin-helpers';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { getDocumentNodeFromSchema } from '@graphql-tools/utils';
import { describe, expect, test } from '@jest/globals';
import { GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { latchkeyPreset, latchkeyTypeDefs } from '../../src/codegen/preset.js';
import { authDirectives, authTypeDefs } from '../../src/graphql/auth-directives.js';

type Given = Partial<Pick<Types.PresetFnArgs, 'presetConfig' | 'config' | 'plugins' | 'pluginMap'>>;

/** What the preset writes for this schema, as GraphQL Code Generator has it do that. */
async function write(schemaAst: GraphQLSchema, given: Given = {}): Promise<string> {
  const [section, ...others] = await latchkeyPreset.buildGeneratesSection({
    ...{ presetConfig: {}, config: {}, plugins: [], pluginMap: {}, documents: [], baseOutputDir: 'generated.ts' },
    ...{ schemaAst, schema: getDocumentNodeFromSchema(schemaAst) },
    ...given,
  });
  expect(others).toEqual([]);
  expect(section?.filename).toBe('generated.ts');
  return codegen(section!);
}

const merge = (...typeDefs: string[]): GraphQLSchema => makeExecutableSchema({ typeDefs });
const application = (...typeDefs: string[]): GraphQLSchema => merge(latchkeyTypeDefs, ...typeDefs);
/** Of every field of a type: how its resolver is typed. */
const contextsIn = (text: string, type: string): Record<string, string> => {
  const block = new RegExp(`export type ${type}Resolvers<[^{]*\\{\\n(.*?)\\n\\};`, 's').exec(text)?.[1] ?? '';
  const lines = [...block.matchAll(/^ {2}([a-z]\w*)\??: .*?ParentType, ((?:SignedIn<)*ContextType>*)/gm)];
  return Object.fromEntries(lines.map(([, field, context]) => [field!, context!.replace(/>+$/, '')]));
};

describe('latchkey/codegen', () => {
  test('gives the context of a signed-in viewer once, however many rules ask for one', async () => {
    const text = await write(
      application(`extend type Query {
        one: Int @auth
        many: Int @auth @auth(maxAgeSeconds: 60) @hasRole(anyOf: [ADMIN]) @hasPermission(anyOf: ["a"])
        none: Int
      }`),
    );
    expect(contextsIn(text, 'Query')).toMatchObject({
      one: 'SignedIn<ContextType',
      many: 'SignedIn<ContextType',
      none: 'ContextType',
    });
  });

  test('goes by the same rules as the guards: those of types, interfaces and returned types count', async () => {
    const text = await write(
      application(`
        interface Node @auth { id: ID! }
        type Leaf implements Node { id: ID! name: String }
        extend type Query { leaf: Leaf leaves: [[Leaf!]!] @public node: Node }`),
    );
    expect(contextsIn(text, 'Leaf')).toEqual({ id: 'SignedIn<ContextType', name: 'SignedIn<ContextType' });
    expect(contextsIn(text, 'Query')).toMatchObject({
      leaf: 'SignedIn<ContextType',
      leaves: 'SignedIn<ContextType',
      node: 'SignedIn<ContextType',
    });
  });

  test('names every role of the schema to the package, also from several extensions', async () => {
    const text = await write(application('extend enum Role { EDITOR }', 'extend enum Role { AUTHOR }'));
    const [, union = ''] = /declare module 'latchkey' \{\n {2}interface Register \{\n {4}role: (.*);/.exec(text) ?? [];
    expect(union.split(' | ').sort()).toEqual(["'ADMIN'", "'AUTHOR'", "'EDITOR'", "'MODERATOR'"]);
  });

  test('keeps the roles to the file where it is not to register them', async () => {
    const text = await write(application('extend enum Role { EDITOR }'), { presetConfig: { register: false } });
    expect(text).not.toContain('declare module');
    expect(text).toContain("'EDITOR'");
  });

  test('refuses what would stop the start, with the coordinate', async () => {
    const schema = application('extend type Query { a: Int @hasPermission(anyOf: []) b: Int @public @auth }');
    await expect(write(schema)).rejects.toThrow(/Query\.a: @hasPermission .*\n.*Query\.b: @public stands beside/s);
  });

  test('refuses an option that there is not, and a value that there cannot be', async () => {
    const schema = application();
    await expect(async () => write(schema, { presetConfig: { registers: false } })).rejects.toThrow(
      /^presetConfig\.registers: there is no such option/,
    );
    await expect(async () => write(schema, { presetConfig: { register: 'no' } })).rejects.toThrow(
      /^presetConfig\.register: has to be true or false/,
    );
  });

  test('takes the settings of the plugins over its own, name by name', async () => {
    const text = await write(application('scalar Url extend type Query { home: Url @public }'), {
      config: {
        contextType: './context.js#Context',
        scalars: { Url: 'URL' },
        mappers: { Ban: './ban.js#Ban as BanSource' },
      },
    });
    expect(text).toContain("import type { Context } from './context.js';");
    expect(text).toMatch(/DateTime: \{ input: Date; output: Date; \}\n.*Url: \{ input: URL; output: URL; \}/s);
    expect(text).toContain('User: ResolverTypeWrapper<UserReference>;');
    expect(text).toContain('Ban: ResolverTypeWrapper<BanSource>;');
  });

  test('runs the plugins of the application behind its own', async () => {
    const plugin = { plugin: (schema: GraphQLSchema) => `// ${schema.getType('Secret')!.astNode!.directives!.length}` };
    const text = await write(application('type Secret @auth { id: ID } extend type Query { secret: Secret }'), {
      plugins: [{ mine: {} }],
      pluginMap: { mine: plugin },
    });
    expect(text.trimEnd()).toMatch(/\n\/\/ 1$/);
  });

  test('needs to be told the context of a schema that has the directives alone, and takes its types for its own', async () => {
    const schema = merge(authTypeDefs, 'type User { id: ID } type Query { me: User @auth other: User }');
    await expect(async () => write(schema)).rejects.toThrow(/^config\.contextType: is missing/);
    const text = await write(schema, { config: { contextType: './context.js#Context' } });
    expect(contextsIn(text, 'Query')).toEqual({ me: 'SignedIn<ContextType', other: 'ContextType' });
    expect(text).toContain('User: ResolverTypeWrapper<User>;');
  });

  test('finds the rules of a schema that was made by code', async () => {
    const { directives, types } = merge(authTypeDefs, 'type Query { a: Int }').toConfig();
    const fields = {
      open: { type: GraphQLString },
      closed: {
        type: new GraphQLNonNull(GraphQLString),
        extensions: { directives: { hasRole: { anyOf: ['ADMIN'] } } },
      },
    };
    const query = new GraphQLObjectType({ name: 'Query', fields });
    const schema = new GraphQLSchema({ query, directives, types: types.filter(({ name }) => name === 'Role') });
    expect(authDirectives(schema).getQueryType()?.getFields()['closed']?.resolve).toBeDefined();
    const text = await write(schema, { config: { contextType: './context.js#Context' } });
    expect(contextsIn(text, 'Query')).toEqual({ open: 'ContextType', closed: 'SignedIn<ContextType' });
  });

  test('leaves the directives of others to the plugins', async () => {
    const schema = application(`directive @upper on FIELD_DEFINITION
      extend type Query { name: String @upper @auth }`);
    const text = await write(schema, { config: { directiveContextTypes: ['upper#./upper.js#Upper'] } });
    expect(text).toMatch(/name\?: .*(?:Upper<SignedIn<ContextType>>|SignedIn<Upper<ContextType>>)/);
  });
});
