/**
 * Resolver types from `schema/*.graphql`: `npm run codegen` writes `src/graphql/generated.ts`;
 * `npm run codegen:check` writes nothing and fails where the file would differ.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codegen } from '@graphql-codegen/core';
import * as typescriptPlugin from '@graphql-codegen/typescript';
import type { TypeScriptPluginConfig } from '@graphql-codegen/typescript';
import * as resolversPlugin from '@graphql-codegen/typescript-resolvers';
import type { TypeScriptResolversPluginConfig } from '@graphql-codegen/typescript-resolvers';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { getDocumentNodeFromSchema } from '@graphql-tools/utils';

const schemaFolder = join(import.meta.dirname, 'schema');
const generatedFile = join(import.meta.dirname, 'src/graphql/generated.ts');

const header = `// Generated from schema/*.graphql by \`npm run codegen\`. Do not edit.\n\n`;

const config: TypeScriptPluginConfig & TypeScriptResolversPluginConfig = {
  contextType: './context.js#GraphQLContext',
  mappers: {
    User: './sources.js#UserSource',
    Session: './sources.js#SessionSource',
    Ban: './sources.js#BanSource',
    SigningKey: './sources.js#SigningKeySource',
    UserConnection: './sources.js#UserConnectionSource',
  },
  scalars: { ID: 'string', DateTime: 'Date' },
  strictScalars: true,
  defaultScalarType: 'unknown',
  // Applications add roles of their own: the domain's type leaves room for them.
  enumValues: { Role: '../domain/user.js#Role' },
  enumsAsTypes: true,
  maybeValue: 'T | null',
  // A client may send null or leave the field out: both reach a resolver.
  inputMaybeValue: 'T | null | undefined',
  skipTypename: true,
  useTypeImports: true,
  importExtension: '.js',
};

/** The text that `src/graphql/generated.ts` has to have. */
async function generate(): Promise<string> {
  const typeDefs = readdirSync(schemaFolder)
    .filter((name) => name.endsWith('.graphql'))
    .sort()
    .map((name) => readFileSync(join(schemaFolder, name), 'utf8'));
  const schemaAst = makeExecutableSchema({ typeDefs });
  const generated = await codegen({
    schema: getDocumentNodeFromSchema(schemaAst),
    schemaAst,
    documents: [],
    filename: generatedFile,
    config,
    plugins: [{ typescript: {} }, { resolvers: {} }],
    pluginMap: { typescript: typescriptPlugin, resolvers: resolversPlugin },
  });
  // The plugin re-exports what `enumValues` names as if it were a value, which `verbatimModuleSyntax` refuses.
  const typesOnly = generated.replaceAll(/^export (\{ \w+ \};)$/gm, 'export type $1');
  return `${header}${typesOnly.trimEnd()}\n`;
}

/** The committed text, or an empty one where there is none yet. */
function readGenerated(): string {
  try {
    return readFileSync(generatedFile, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

const generated = await generate();
if (!process.argv.includes('--check')) {
  writeFileSync(generatedFile, generated);
} else if (readGenerated() !== generated) {
  process.stderr.write('src/graphql/generated.ts does not fit schema/*.graphql: run `npm run codegen` and commit it\n');
  process.exitCode = 1;
}
