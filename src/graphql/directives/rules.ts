import { isEnumType } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import type { Role } from '../../domain/user.js';
import { DIRECTIVE_NAMES, schemaElements } from './directive-uses.js';
import type { DirectiveUse, SchemaElement } from './directive-uses.js';
import { argumentReader } from './directive-arguments.js';
import { DEFINITIONS } from './directive-definitions.js';
import { combine, NO_REQUIREMENT } from './requirement.js';
import type { Requirement } from './requirement.js';

/** What each element of a schema says itself, by coordinate; and what is wrong with that, for people. */
export interface OwnRules {
  readonly byCoordinate: ReadonlyMap<string, Requirement>;
  readonly faults: readonly string[];
}

/** Reads every directive of ours in the schema. Does not look at how they go together: see compile.ts. */
export function readOwnRules(schema: GraphQLSchema, roles: readonly Role[]): OwnRules {
  const faults = definitionFaults(schema);
  const byCoordinate = new Map<string, Requirement>();
  const known = knownRoles(schema, roles);
  for (const element of schemaElements(schema)) {
    if (element.uses.length === 0) continue;
    const read = element.uses.map((use) => readUse(element, use, { known, faults }));
    byCoordinate.set(element.coordinate, combine(read));
  }
  return { byCoordinate, faults };
}

/** A role has to be one that the server knows, and one that the schema can speak of. */
function knownRoles(schema: GraphQLSchema, roles: readonly Role[]): readonly Role[] {
  const type = schema.getType('Role');
  return isEnumType(type) ? roles.filter((role) => type.getValue(role) !== undefined) : roles;
}

/** Directives of our names that mean something else would be guarded wrongly. */
function definitionFaults(schema: GraphQLSchema): string[] {
  return DIRECTIVE_NAMES.filter((name) => {
    const args = schema.getDirective(name)?.args;
    if (args === undefined) return false;
    const declared = Object.fromEntries(args.map((argument) => [argument.name, String(argument.type)]));
    const ours = DEFINITIONS[name].args;
    return [...Object.keys(declared), ...Object.keys(ours)].some((argument) => declared[argument] !== ours[argument]);
  }).map((name) => `@${name}: is declared differently from Latchkey's own: drop that declaration or rename it`);
}

interface Findings {
  readonly known: readonly Role[];
  readonly faults: string[];
}

function readUse(element: SchemaElement, use: DirectiveUse, { known, faults }: Findings): Requirement {
  const fault = (message: string): void => void faults.push(`${element.coordinate}: @${use.name} ${message}`);
  const { locations, args, read } = DEFINITIONS[use.name];
  if (element.coordinate.startsWith('@')) {
    fault('cannot be guarded on an argument of a directive: leave it out');
    return NO_REQUIREMENT;
  }
  if (!locations.includes(element.location)) {
    fault(`cannot be guarded on ${element.location}: it may stand on ${locations.join(', ')}`);
    return NO_REQUIREMENT;
  }
  const names = use.args.map(([name]) => name);
  for (const name of new Set(names)) {
    if (!Object.hasOwn(args, name)) fault(`has no argument "${name}"`);
    if (names.filter((other) => other === name).length > 1) fault(`is given "${name}" twice`);
  }
  return read(argumentReader(new Map(use.args), { known, fault }));
}
