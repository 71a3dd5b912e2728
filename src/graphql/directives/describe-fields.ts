import { isInputObjectType } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import type { CompiledSchema } from './compile.js';
import { reachedOpenly } from './open-fields.js';
import { isProtected } from './requirement.js';
import type { OwnerRule, Requirement } from './requirement.js';
import { compositeTypes } from './schema-types.js';

/**
 * Who may have a field: `protected` whoever satisfies its rules; `public` anyone, as the schema says; `unprotected`
 * anyone, since nothing on the way says a word; `inherited` whoever has reached the object, by fields that do say.
 */
export type FieldState = 'protected' | 'public' | 'unprotected' | 'inherited';

/** One field, or an argument or input field with a rule. */
export interface FieldDescription {
  readonly coordinate: string;
  readonly state: FieldState;
  /** In words, all of which have to hold. */
  readonly requires: readonly string[];
}

/** Every field of the schema with what it asks for, and below it the arguments with a rule; then the input fields. */
export function describeFields(schema: GraphQLSchema, compiled: CompiledSchema): readonly FieldDescription[] {
  const open = reachedOpenly(schema, compiled);
  const fields = compositeTypes(schema).flatMap((type) =>
    Object.values(type.getFields()).flatMap((field) => {
      const { whole, inputs } = compiled.ofField(type.name, field.name);
      const coordinate = `${type.name}.${field.name}`;
      const otherwise = open.has(coordinate) ? 'unprotected' : 'inherited';
      const state = isProtected(whole) ? 'protected' : whole.isPublic ? 'public' : otherwise;
      return [{ coordinate, state, requires: inWords(whole) } as const, ...describeInputs(inputs)];
    }),
  );
  const types = Object.values(schema.getTypeMap()).filter(isInputObjectType);
  return [...fields, ...types.flatMap(({ name }) => describeInputs(compiled.ofInput(name)))];
}

const describeInputs = (
  inputs: readonly { readonly coordinate: string; readonly requirement: Requirement }[],
): FieldDescription[] =>
  inputs
    .filter(({ requirement }) => isProtected(requirement))
    .map(({ coordinate, requirement }) => ({ coordinate, state: 'protected', requires: inWords(requirement) }));

/** What a requirement asks for, a phrase a rule. */
export function inWords({ auth, roles, permissions, owners, maxAgeSeconds }: Requirement): string[] {
  const named = [
    ...roles.map((anyOf) => `role ${anyOf.join(' or ')}`),
    ...permissions.map((anyOf) => `permission ${anyOf.join(' or ')}`),
    ...owners.map(ownerInWords),
    ...(maxAgeSeconds === null ? [] : [`password proved within ${maxAgeSeconds} s`]),
  ];
  // Each of the others asks for that too.
  return auth && named.length === 0 ? ['signed in'] : named;
}

const ownerInWords = ({ field, orRole }: OwnerRule): string =>
  `owner by ${[`"${field}"`, ...orRole.map((role) => `role ${role}`)].join(' or ')}`;
