import { DirectiveLocation, isEnumType } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import type { Role } from '../../domain/user.js';
import { DIRECTIVE_NAMES, schemaElements } from './directive-uses.js';
import type { DirectiveName, DirectiveUse, SchemaElement } from './directive-uses.js';
import { argumentReader } from './directive-arguments.js';
import type { ArgumentReader } from './directive-arguments.js';
import { combine, NO_REQUIREMENT } from './requirement.js';
import type { Requirement } from './requirement.js';

/** What each element of a schema says itself, by coordinate; and what is wrong with that, for people. */
export interface OwnRules {
  readonly byCoordinate: ReadonlyMap<string, Requirement>;
  readonly faults: readonly string[];
}

interface Definition {
  readonly locations: readonly DirectiveLocation[];
  /** Argument → type. */
  readonly args: Readonly<Record<string, string>>;
  read(use: ArgumentReader): Requirement;
}

const { OBJECT, INTERFACE, FIELD_DEFINITION } = DirectiveLocation;

/** `schema/directives.graphql`, as this code guards it. */
const DEFINITIONS: Readonly<Record<DirectiveName, Definition>> = {
  public: { locations: [FIELD_DEFINITION], args: {}, read: () => ({ ...NO_REQUIREMENT, isPublic: true }) },
  auth: {
    locations: [OBJECT, INTERFACE, FIELD_DEFINITION],
    args: { maxAgeSeconds: 'Int' },
    read: (use) => ({ ...NO_REQUIREMENT, auth: true, maxAgeSeconds: use.seconds('maxAgeSeconds') }),
  },
  hasRole: {
    locations: [OBJECT, INTERFACE, FIELD_DEFINITION],
    args: { anyOf: '[Role!]!' },
    read: (use) => ({ ...NO_REQUIREMENT, roles: [use.roles('anyOf')] }),
  },
  owner: {
    locations: [OBJECT, FIELD_DEFINITION],
    args: { field: 'String!', orRole: '[Role!]' },
    read: (use) => ({
      ...NO_REQUIREMENT,
      owners: [{ field: use.property('field', 'id'), orRole: use.has('orRole') ? use.roles('orRole') : [] }],
    }),
  },
};

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
