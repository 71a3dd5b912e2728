/**
 * Types from SDL: `npm run codegen` writes `src/graphql/generated.ts` from `schema/*.graphql`, and those of the
 * applications that use `latchkey/codegen` here; `npm run codegen:check` writes nothing and fails where a file would
 * differ.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codegen } from '@graphql-codegen/core';
import type { Types } from '@graphql-codegen/plugin-helpers';
import * as typescriptPlugin from '@graphql-codegen/typescript';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { getDocumentNodeFromSchema } from '@graphql-tools/utils';
import blog from './examples/blog/codegen.js';
import { resolversPlugin } from './src/codegen/plugins.js';
import { COMMON_SETTINGS, mergeSettings, signedInContext } from './src/codegen/settings.js';
import { readTypeDefs } from './src/graphql/type-defs.js';
import typeTests from './test/types/codegen.js';

/** A file to write, and what Latchkey's preset, or the preset's own parts, ask GraphQL Code Generator for. */
interface Output {
  readonly file: string;
  readonly header: string;
  readonly options: readonly Types.GenerateOptions[];
}

const header = (sources: string): string => `// Generated from ${sources} by \`npm run codegen\`. Do not edit.\n\n`;

/** The server's own: without the application's view of its types. */
function serverOutput(): Output {
  const config = mergeSettings(mergeSettings(COMMON_SETTINGS, signedInContext('./context.js')), {
    contextType: './context.js#GraphQLContext',
    mappers: {
      User: './sources.js#UserSource',
      Session: './sources.js#SessionSource',
      Ban: './sources.js#BanSource',
      SigningKey: './sources.js#SigningKeySource',
      UserConnection: './sources.js#UserConnectionSource',
      AuditEntry: './sources.js#AuditEntrySource',
      AuditEntryConnection: './sources.js#AuditEntryConnectionSource',
    },
    strictScalars: true,
    // Applications add roles of their own: the domain's type leaves room for them.
    enumValues: { Role: '../domain/user.js#Role' },
  });
  const file = 'src/graphql/generated.ts';
  const plugins = [{ typescript: {} }, { resolvers: {} }];
  const pluginMap = { typescript: typescriptPlugin, resolvers: resolversPlugin };
  const options = { ...schemaOf(readTypeDefs()), documents: [], filename: file, config, plugins, pluginMap };
  return { file, header: header('schema/*.graphql'), options: [options] };
}

/** An application's, as the command line program of GraphQL Code Generator would make it of this configuration. */
async function applicationOutputs(folder: string, configuration: Types.Config): Promise<Output[]> {
  const schema = schemaOf([configuration.schema ?? []].flat() as string[]);
  const outputs = Object.entries(configuration.generates).map(async ([name, output]): Promise<Output> => {
    if (!('preset' in output) || typeof output.preset !== 'object') throw new TypeError(`${name}: has no preset`);
    const { preset, presetConfig = {}, config = {} } = output;
    const file = join(folder, name);
    const given = { presetConfig, config, baseOutputDir: file, plugins: [], pluginMap: {}, documents: [] };
    return { file, header: '', options: await preset.buildGeneratesSection({ ...given, ...schema }) };
  });
  return Promise.all(outputs);
}

function schemaOf(
  typeDefs: string[],
): Pick<Types.GenerateOptions, 'schema'> & Required<Pick<Types.GenerateOptions, 'schemaAst'>> {
  const schemaAst = makeExecutableSchema({ typeDefs });
  return { schema: getDocumentNodeFromSchema(schemaAst), schemaAst };
}

async function generate({ header, options }: Output): Promise<string> {
  const texts = await Promise.all(options.map(codegen));
  // The plugin re-exports what `enumValues` names as if it were a value, which `verbatimModuleSyntax` refuses.
  const typesOnly = texts.join('\n').replaceAll(/^export (\{ \w+ \};)$/gm, 'export type $1');
  return `${header}${typesOnly.trimEnd()}\n`;
}

/** The committed text, or an empty one where there is none yet. */
function readGenerated(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

const outputs = [
  serverOutput(),
  ...(await applicationOutputs('examples/blog', blog)),
  ...(await applicationOutputs('test/types', typeTests)),
];
for (const output of outputs) {
  const file = join(import.meta.dirname, output.file);
  const generated = await generate(output);
  if (!process.argv.includes('--check')) {
    writeFileSync(file, generated);
  } else if (readGenerated(file) !== generated) {
    process.stderr.write(`${output.file} does not fit its schema: run \`npm run codegen\` and commit it\n`);
    process.exitCode = 1;
  }
}
