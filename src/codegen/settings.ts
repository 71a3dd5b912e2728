import type { TypeScriptPluginConfig } from '@graphql-codegen/typescript';
import type { TypeScriptResolversPluginConfig } from '@graphql-codegen/typescript-resolvers';
import { SIGNED_IN } from './signed-in-fields.js';

/** Of both plugins that write the types of resolvers. */
export type Settings = TypeScriptPluginConfig & TypeScriptResolversPluginConfig;

/** What holds for any server with our directives. */
export const COMMON_SETTINGS = {
  scalars: { ID: 'string', DateTime: 'Date' },
  defaultScalarType: 'unknown',
  enumsAsTypes: true,
  maybeValue: 'T | null',
  // A client may send null or leave the field out: both reach a resolver.
  inputMaybeValue: 'T | null | undefined',
  skipTypename: true,
  useTypeImports: true,
} satisfies Settings;

/** Fields that only signed-in viewers reach get this context. */
export const signedInContext = (source: string): Settings => ({
  directiveContextTypes: [`${SIGNED_IN}#${source}#SignedIn`],
});

/** What holds where our types are beside the application's own. */
export const OUR_TYPES = {
  contextType: 'latchkey#GraphQLContext',
  mappers: {
    User: 'latchkey#UserReference',
    Session: 'latchkey#SessionReference',
    SignInPayload: 'latchkey#SignInPayload as IssuedPayload',
  },
  // Not every application speaks of a session.
  showUnusedMappers: false,
} satisfies Settings;

/** One over the other; scalars, mappers and contexts by directive are put together, name by name. */
export function mergeSettings(settings: Settings, over: Settings): Settings {
  return {
    ...settings,
    ...over,
    scalars: mergeNamed(settings.scalars, over.scalars),
    mappers: { ...settings.mappers, ...over.mappers },
    directiveContextTypes: [...(settings.directiveContextTypes ?? []), ...(over.directiveContextTypes ?? [])],
  };
}

/** A file that holds them, which is what a string names, takes the place of all. */
function mergeNamed(scalars: Settings['scalars'], over: Settings['scalars']): NonNullable<Settings['scalars']> {
  if (typeof over === 'string') return over;
  return typeof scalars === 'string' ? (over ?? scalars) : { ...scalars, ...over };
}
