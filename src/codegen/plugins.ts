import type { CodegenPlugin } from '@graphql-codegen/plugin-helpers';
import { plugin as writeResolvers } from '@graphql-codegen/typescript-resolvers';
import type { TypeScriptResolversPluginConfig } from '@graphql-codegen/typescript-resolvers';
import { rolesOf } from '../graphql/schema.js';
import { markSignedInFields } from './signed-in-fields.js';

/** `@graphql-codegen/typescript-resolvers`, with the context of a signed-in viewer wherever a rule asks for one. */
export const resolversPlugin: CodegenPlugin<TypeScriptResolversPluginConfig> = {
  plugin: (schema, documents, config, info) => writeResolvers(markSignedInFields(schema), documents, config, info),
};

/** Tells the types of this package the roles of the schema. */
export const registerPlugin: CodegenPlugin = {
  plugin(schema) {
    // Spelled out: within the module that is added to, `Role` would be the one of that module.
    const roles = rolesOf(schema).map((role) => `'${role}'`);
    return `
declare module 'latchkey' {
  interface Register {
    role: ${roles.join(' | ')};
  }
}
`;
  },
};
