import type { GraphQLSchema } from 'graphql';
import { fieldParts, typeRequirement } from './field-parts.js';
import type { FieldParts } from './field-parts.js';
import { combine, isProtected } from './requirement.js';
import type { Requirement } from './requirement.js';
import { compositeTypes, rootTypes } from './schema-types.js';

/** `required`: a root field without any rule stops the start. */
export type Coverage = 'required' | 'optional';

/** What is wrong with how the rules of a schema go together, each with its coordinate. */
export function startupFaults(
  schema: GraphQLSchema,
  ownRules: ReadonlyMap<string, Requirement>,
  coverage: Coverage,
): string[] {
  const roots = rootTypes(schema);
  return compositeTypes(schema).flatMap((type) => {
    const isRoot = roots.some((root) => root === type);
    const around = typeRequirement(type, ownRules);
    const typeFaults =
      isRoot && around.owners.length > 0 ? [`${type.name}: @owner has no object to judge on a root type`] : [];
    const fieldFaults = Object.values(type.getFields()).flatMap((field) => {
      const parts = fieldParts(schema, ownRules, { type, field });
      const faults = [...publicFaults(parts, isRoot), ...(isRoot ? rootFaults(parts, coverage) : [])];
      return faults.map((fault) => `${type.name}.${field.name}: ${fault}`);
    });
    return [...typeFaults, ...fieldFaults];
  });
}

function publicFaults({ own, inherited }: FieldParts, isRoot: boolean): string[] {
  if (!own.isPublic) return [];
  if (!isRoot) return ['@public may stand on fields of root types only: leave it out'];
  if (isProtected(own)) return ['@public stands beside another rule: keep one of them'];
  // An interface's rule cannot be lifted by those who implement it.
  return isProtected(inherited) ? ['@public stands beside a rule of the same field on an interface'] : [];
}

function rootFaults({ own, inherited, around }: FieldParts, coverage: Coverage): string[] {
  const hasOwner = own.owners.length > 0 || inherited.owners.length > 0;
  const isCovered = own.isPublic || isProtected(combine([own, inherited, around]));
  return [
    ...(hasOwner ? ['@owner has no object to judge on a field of a root type'] : []),
    ...(coverage === 'required' && !isCovered ? ['has no rule: add @public, @auth, @hasRole or @hasPermission'] : []),
  ];
}
