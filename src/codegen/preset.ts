/**
 * Types for an application's resolvers, by GraphQL Code Generator: the entry point `latchkey/codegen`.
 *
 * @packageDocumentation
 */
import type { Types } from '@graphql-codegen/plugin-helpers';
import * as typescriptPlugin from '@graphql-codegen/typescript';
import { buildASTSchema, type GraphQLSchema } from 'graphql';
import { readTypeDefs } from '../graphql/type-defs.js';
import { registerPlugin, resolversPlugin } from './plugins.js';
import { COMMON_SETTINGS, mergeSettings, OUR_TYPES, signedInContext, type Settings } from './settings.js';

/** SDL of everything that Latchkey adds to a schema: put it before your own in the `schema` of your configuration. */
export const latchkeyTypeDefs: string = readTypeDefs().join('\n');

/** The `presetConfig`. */
export interface LatchkeyPresetConfig {
  /**
   * Whether the roles are made known to the types of this package. Default `true`; `false` for one of several
   * applications that are compiled together and differ in their roles.
   */
  readonly register?: boolean | undefined;
}

/**
 * Writes one file: the types of the schema, and of its resolvers. `context.principal` is not null in those of fields
 * that only signed-in viewers reach, and `Role` is the union of all roles, in it and wherever this package takes or
 * gives one. Every setting of `@graphql-codegen/typescript` and `typescript-resolvers` may be given as `config`;
 * `contextType` has to be where the schema is made with `authTypeDefs` alone.
 *
 * @throws TypeError that names every rule of the schema which would stop the start, or what the configuration lacks
 */
export const latchkeyPreset: Types.OutputPreset<LatchkeyPresetConfig> = {
  buildGeneratesSection({ baseOutputDir, presetConfig, ...options }) {
    assertPresetConfig(presetConfig);
    const schemaAst = options.schemaAst ?? buildASTSchema(options.schema);
    const writesRegister = presetConfig.register ?? true;
    return [
      {
        ...options,
        schemaAst,
        filename: baseOutputDir,
        config: settingsFor(schemaAst, options.config),
        plugins: [
          ...['typescript', 'latchkey-resolvers', ...(writesRegister ? ['latchkey-register'] : [])].map(unconfigured),
          ...options.plugins,
        ],
        pluginMap: {
          ...options.pluginMap,
          typescript: typescriptPlugin,
          'latchkey-resolvers': resolversPlugin,
          'latchkey-register': registerPlugin,
        },
      },
    ];
  },
};

function assertPresetConfig({ register = true, ...others }: LatchkeyPresetConfig): void {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new TypeError(`presetConfig.${unknown}: there is no such option`);
  if (typeof register !== 'boolean') throw new TypeError('presetConfig.register: has to be true or false');
}

const unconfigured = (name: string): Types.ConfiguredPlugin => ({ [name]: {} });

function settingsFor(schema: GraphQLSchema, given: Settings): Settings {
  const ours = mergeSettings(COMMON_SETTINGS, signedInContext('latchkey'));
  if (hasOurTypes(schema)) return mergeSettings(mergeSettings(ours, OUR_TYPES), given);
  if (given.contextType !== undefined) return mergeSettings(ours, given);
  throw new TypeError(
    'config.contextType: is missing: name the type of your context (`./context.js#Context`), or put latchkeyTypeDefs before your SDL',
  );
}

/** An application that has but the directives may call a type of its own `User`. */
const hasOurTypes = (schema: GraphQLSchema): boolean =>
  schema.getMutationType()?.getFields()['refreshSession']?.type.toString() === 'RefreshSessionPayload';
