import { getNamedType, isInterfaceType, isObjectType } from 'graphql';
import type { GraphQLField, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { combine, NO_REQUIREMENT, requirementKey, withoutOwners } from './requirement.js';
import type { Requirement } from './requirement.js';

/** A requirement, and the part of it that can be judged before the object is there. */
export interface CompiledRequirement {
  readonly whole: Requirement;
  readonly beforeExecution: Requirement;
}

/** The requirement of every type and field, looked up in constant time. Equal requirements are the same object. */
export interface CompiledSchema {
  /** What the type and its interfaces ask for. */
  ofType(typeName: string): CompiledRequirement;
  /** Everything that is asked for before the field is resolved. */
  ofField(typeName: string, fieldName: string): CompiledRequirement;
}

type Composite = GraphQLObjectType | GraphQLInterfaceType;

const UNPROTECTED: CompiledRequirement = { whole: NO_REQUIREMENT, beforeExecution: NO_REQUIREMENT };

/** The parts that a field's requirement is the conjunction of. */
export interface FieldParts {
  /** Its own rules. */
  readonly own: Requirement;
  /** Those of the same field on the interfaces of its type, transitively. */
  readonly inherited: Requirement;
  /** Those of its type and that type's interfaces: lifted where the field of a root type is `@public`. */
  readonly around: Requirement;
  /** Those of the type that it returns, short of `@owner`: that is judged on each object, when its fields are. */
  readonly returned: Requirement;
}

/** Adds up the rules of a whole schema, once. `ownRules` is by coordinate, see rules.ts. */
export function compile(schema: GraphQLSchema, ownRules: ReadonlyMap<string, Requirement>): CompiledSchema {
  const intern = interner();
  const types = new Map<string, CompiledRequirement>();
  const fields = new Map<string, ReadonlyMap<string, CompiledRequirement>>();
  for (const type of compositeTypes(schema)) {
    types.set(type.name, intern(typeRequirement(type, ownRules)));
    const compiled = Object.values(type.getFields()).map((field) => {
      const { own, inherited, around, returned } = fieldParts(schema, ownRules, { type, field });
      return [field.name, intern(combine([own, inherited, around, returned]))] as const;
    });
    fields.set(type.name, new Map(compiled));
  }
  return {
    ofType: (typeName) => types.get(typeName) ?? UNPROTECTED,
    ofField: (typeName, fieldName) => fields.get(typeName)?.get(fieldName) ?? UNPROTECTED,
  };
}

/** @see FieldParts */
export function fieldParts(
  schema: GraphQLSchema,
  ownRules: ReadonlyMap<string, Requirement>,
  { type, field }: { readonly type: Composite; readonly field: GraphQLField<unknown, unknown> },
): FieldParts {
  const ofField = (owner: Composite): Requirement => ownRules.get(`${owner.name}.${field.name}`) ?? NO_REQUIREMENT;
  const own = ofField(type);
  const returnedType = getNamedType(field.type);
  return {
    own,
    inherited: combine(allInterfaces(type).map(ofField)),
    around:
      own.isPublic && rootTypes(schema).some((root) => root === type)
        ? NO_REQUIREMENT
        : typeRequirement(type, ownRules),
    returned: isComposite(returnedType) ? withoutOwners(typeRequirement(returnedType, ownRules)) : NO_REQUIREMENT,
  };
}

/** What a type and its interfaces ask for. */
export const typeRequirement = (type: Composite, ownRules: ReadonlyMap<string, Requirement>): Requirement =>
  combine([type, ...allInterfaces(type)].map(({ name }) => ownRules.get(name) ?? NO_REQUIREMENT));

/** Query, Mutation and Subscription, as far as there are. */
export const rootTypes = (schema: GraphQLSchema): readonly GraphQLObjectType[] =>
  [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) => type ?? []);

/** Every object and interface type but those of introspection. */
export const compositeTypes = (schema: GraphQLSchema): readonly Composite[] =>
  Object.values(schema.getTypeMap()).flatMap((type) =>
    isComposite(type) && !type.name.startsWith('__') ? [type] : [],
  );

const isComposite = (type: unknown): type is Composite => isObjectType(type) || isInterfaceType(type);

/** Transitively, also where the type itself fails to name its interfaces' interfaces. */
function allInterfaces(type: Composite): readonly GraphQLInterfaceType[] {
  const found = new Set<GraphQLInterfaceType>();
  const waiting = [...type.getInterfaces()];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    waiting.push(...next.getInterfaces());
  }
  return [...found];
}

/** Equal requirements become one object, so that a plan can tell by identity what it has seen. */
function interner(): (requirement: Requirement) => CompiledRequirement {
  const known = new Map<string, Requirement>();
  const intern = (requirement: Requirement): Requirement => {
    const key = requirementKey(requirement);
    const same = known.get(key) ?? requirement;
    known.set(key, same);
    return same;
  };
  return (requirement) => ({ whole: intern(requirement), beforeExecution: intern(withoutOwners(requirement)) });
}
