import type { GraphQLSchema } from 'graphql';
import { fieldParts, typeRequirement } from './field-parts.js';
import type { OwnRules } from './field-parts.js';
import { inputTypes, ruledArguments } from './input-rules.js';
import type { RuledInput, RulesAt } from './input-rules.js';
import { combine, isProtected, NO_REQUIREMENT, requirementKey, withoutOwners } from './requirement.js';
import type { Requirement } from './requirement.js';
import { compositeTypes } from './schema-types.js';

/** A requirement, and the part of it that can be judged before the object is there. */
export interface CompiledRequirement {
  readonly whole: Requirement;
  readonly beforeExecution: Requirement;
}

/** What a field asks for, and what its arguments do where they are provided. */
export interface CompiledField extends CompiledRequirement {
  readonly inputs: readonly RuledInput[];
}

/** The requirement of every type and field, looked up in constant time. Equal requirements are the same object. */
export interface CompiledSchema {
  /** What the type and its interfaces ask for. A union asks for nothing: its rules are those of fields that return it. */
  ofType(typeName: string): CompiledRequirement;
  /** Everything that is asked for before the field is resolved. */
  ofField(typeName: string, fieldName: string): CompiledField;
  /** The fields of an input type that carry or lead to a rule. */
  ofInput(typeName: string): readonly RuledInput[];
}

const UNPROTECTED: CompiledField = { whole: NO_REQUIREMENT, beforeExecution: NO_REQUIREMENT, inputs: [] };

/** Whether anybody could be refused the field, or an argument of it. */
export const isFieldProtected = ({ whole, inputs }: CompiledField): boolean => isProtected(whole) || inputs.length > 0;

/** Adds up the rules of a whole schema, once. */
export function compile(schema: GraphQLSchema, ownRules: OwnRules): CompiledSchema {
  const intern = interner();
  const rulesAt: RulesAt = (coordinates) =>
    intern(combine(coordinates.map((coordinate) => ownRules.get(coordinate) ?? NO_REQUIREMENT))).whole;
  const ofInputs = inputTypes(schema, rulesAt);
  const types = new Map<string, CompiledRequirement>();
  const fields = new Map<string, ReadonlyMap<string, CompiledField>>();
  for (const type of compositeTypes(schema)) {
    types.set(type.name, intern(typeRequirement(type, ownRules)));
    const compiled = Object.values(type.getFields()).map((field) => {
      const { own, inherited, around, returned } = fieldParts(schema, ownRules, { type, field });
      const requirement = intern(combine([own, inherited, around, returned]));
      const inputs = ruledArguments({ type, field }, ofInputs, rulesAt);
      return [field.name, { ...requirement, inputs }] as const;
    });
    fields.set(type.name, new Map(compiled));
  }
  return {
    ofType: (typeName) => types.get(typeName) ?? UNPROTECTED,
    ofField: (typeName, fieldName) => fields.get(typeName)?.get(fieldName) ?? UNPROTECTED,
    ofInput: (typeName) => ofInputs.get(typeName) ?? [],
  };
}

/** Equal requirements become one object, so that a plan can tell by identity what it has seen. */
function interner(): (requirement: Requirement) => CompiledRequirement {
  const known = new Map([[requirementKey(NO_REQUIREMENT), NO_REQUIREMENT]]);
  const intern = (requirement: Requirement): Requirement => {
    const key = requirementKey(requirement);
    const same = known.get(key) ?? requirement;
    known.set(key, same);
    return same;
  };
  return (requirement) =>
    requirement === NO_REQUIREMENT
      ? UNPROTECTED
      : { whole: intern(requirement), beforeExecution: intern(withoutOwners(requirement)) };
}
