import { getNamedType, isCompositeType } from 'graphql';
import type { GraphQLCompositeType, GraphQLField, GraphQLSchema } from 'graphql';
import { combine, NO_REQUIREMENT, withoutOwners } from './requirement.js';
import type { Requirement } from './requirement.js';
import { allInterfaces, rootTypes } from './schema-types.js';
import type { Composite } from './schema-types.js';

/** What each element of a schema says itself, by coordinate: see rules.ts. */
export type OwnRules = ReadonlyMap<string, Requirement>;

/** The parts that a field's requirement is the conjunction of; what it asks for its arguments comes on top. */
export interface FieldParts {
  /** Its own rules. */
  readonly own: Requirement;
  /** Those of the same field on the interfaces of its type, transitively. */
  readonly inherited: Requirement;
  /** Those of its type and that type's interfaces: lifted where the field of a root type is `@public`. */
  readonly around: Requirement;
  /** Those of the type that it returns, short of `@owner`: that is judged on each object, when it is there. */
  readonly returned: Requirement;
}

/** A field with the type that has it. */
export interface FieldOfType {
  readonly type: Composite;
  readonly field: GraphQLField<unknown, unknown>;
}

/** @see FieldParts */
export function fieldParts(schema: GraphQLSchema, ownRules: OwnRules, { type, field }: FieldOfType): FieldParts {
  const ofField = (owner: Composite): Requirement => ownRules.get(`${owner.name}.${field.name}`) ?? NO_REQUIREMENT;
  const own = ofField(type);
  const returned = getNamedType(field.type);
  const isLifted = own.isPublic && rootTypes(schema).some((root) => root === type);
  return {
    own,
    inherited: combine(allInterfaces(type).map(ofField)),
    around: isLifted ? NO_REQUIREMENT : typeRequirement(type, ownRules),
    returned: isCompositeType(returned) ? withoutOwners(typeRequirement(returned, ownRules)) : NO_REQUIREMENT,
  };
}

/** What a type and its interfaces ask for. */
export const typeRequirement = (type: GraphQLCompositeType, ownRules: OwnRules): Requirement =>
  combine([type, ...allInterfaces(type)].map(({ name }) => ownRules.get(name) ?? NO_REQUIREMENT));
