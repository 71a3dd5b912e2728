import { getNamedType, isInputObjectType } from 'graphql';
import type { GraphQLInputObjectType, GraphQLSchema } from 'graphql';
import type { FieldOfType } from './field-parts.js';
import { isProtected } from './requirement.js';
import type { Requirement } from './requirement.js';
import { allInterfaces } from './schema-types.js';

/**
 * An argument or input field that carries a rule, or through which one can be reached. Those of a type that holds
 * itself are a circle: walk them along a value.
 */
export interface RuledInput {
  readonly name: string;
  /** `Type.field(argument:)` or `Input.field`. */
  readonly coordinate: string;
  /** What providing it asks for. */
  readonly requirement: Requirement;
  /** What the fields of its value ask for, where that is an input object, or lists of them. */
  readonly fields: readonly RuledInput[];
}

/** The ruled fields of each input type, by its name; of a type that leads to no rule, an empty list. */
export type InputTypes = ReadonlyMap<string, readonly RuledInput[]>;

/** The conjunction of what stands at these coordinates themselves. */
export type RulesAt = (coordinates: readonly string[]) => Requirement;

/** Finds, for every input type of the schema, which of its fields carry or lead to a rule. */
export function inputTypes(schema: GraphQLSchema, rulesAt: RulesAt): InputTypes {
  const types = Object.values(schema.getTypeMap()).filter(isInputObjectType);
  const leading = leadingTypeNames(types, rulesAt);
  const found = new Map<string, RuledInput[]>(types.map(({ name }) => [name, []]));
  // Filled once all are there, since types may hold each other.
  for (const type of types.filter(({ name }) => leading.has(name))) {
    for (const field of Object.values(type.getFields())) {
      const coordinate = `${type.name}.${field.name}`;
      const requirement = rulesAt([coordinate]);
      const inner = getNamedType(field.type).name;
      if (!isProtected(requirement) && !leading.has(inner)) continue;
      found.get(type.name)?.push({ name: field.name, coordinate, requirement, fields: found.get(inner) ?? [] });
    }
  }
  return found;
}

/** The types that hold a rule, however deep: goes on until nothing is added, so that circles end. */
function leadingTypeNames(types: readonly GraphQLInputObjectType[], rulesAt: RulesAt): ReadonlySet<string> {
  const leading = new Set<string>();
  const isNew = (type: GraphQLInputObjectType): boolean =>
    !leading.has(type.name) &&
    Object.values(type.getFields()).some(
      (field) => isProtected(rulesAt([`${type.name}.${field.name}`])) || leading.has(getNamedType(field.type).name),
    );
  for (let added = types.filter(isNew); added.length > 0; added = types.filter(isNew)) {
    for (const { name } of added) leading.add(name);
  }
  return leading;
}

/** The ruled arguments of a field; the rules of the same argument on the interfaces of its type count. */
export function ruledArguments({ type, field }: FieldOfType, types: InputTypes, rulesAt: RulesAt): RuledInput[] {
  const owners = [type, ...allInterfaces(type)];
  return field.args
    .map(({ name, type: argumentType }) => ({
      name,
      coordinate: `${type.name}.${field.name}(${name}:)`,
      requirement: rulesAt(owners.map((owner) => `${owner.name}.${field.name}(${name}:)`)),
      fields: types.get(getNamedType(argumentType).name) ?? [],
    }))
    .filter(({ requirement, fields }) => isProtected(requirement) || fields.length > 0);
}
