import { Kind, parse } from 'graphql';
import type { DefinitionNode, DocumentNode } from 'graphql';
import { DIRECTIVE_NAMES } from './directive-uses.js';
import { describeTypes } from './source-types.js';
import type { TypeParts } from './source-types.js';
import { mergeFaults } from './source-merge.js';

/** SDL: a string, a document, or several of them. */
export type TypeDefs = string | DocumentNode | readonly TypeDefs[];
/** Resolvers by type and field. */
export type ResolverMap = Readonly<Record<string, unknown>>;

/** Definitions and resolvers of one party, before they are merged. */
export interface Sources {
  readonly typeDefs: TypeDefs;
  readonly resolvers?: ResolverMap | readonly ResolverMap[];
}

/**
 * Throws a `TypeError` that names everything which an application declares again of ours, or which merging would turn
 * into less than was written. To be called before anything is merged: graphql-tools lets the later declaration win,
 * and joins the arguments of directives, without a word.
 */
export function assertSeparateSources(ours: Sources, theirs: Sources): void {
  const faults = sourceFaults(ours, theirs);
  if (faults.length === 0) return;
  throw new TypeError(`The schema cannot be put together:\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
}

/** What {@link assertSeparateSources} objects to, each with its coordinate. */
export function sourceFaults(ours: Sources, theirs: Sources): string[] {
  const ourDefinitions = definitionsOf(ours.typeDefs);
  const theirDefinitions = definitionsOf(theirs.typeDefs);
  const ourTypes = describeTypes(ourDefinitions);
  return [
    ...theirDefinitions.flatMap((definition) => definitionFaults(definition, ourTypes)),
    ...[theirs.resolvers ?? []].flat().flatMap((resolvers) => resolverFaults(resolvers, ourTypes)),
    ...mergeFaults([...ourDefinitions, ...theirDefinitions]),
  ];
}

/** Everything that is defined there, in order. Throws a `TypeError` for what is none of these. */
export function definitionsOf(typeDefs: TypeDefs): readonly DefinitionNode[] {
  if (typeof typeDefs === 'string') return parse(typeDefs, { noLocation: true }).definitions;
  if ('kind' in typeDefs) return typeDefs.definitions;
  if (Array.isArray(typeDefs)) return typeDefs.flatMap(definitionsOf);
  throw new TypeError('typeDefs: give strings of SDL, parsed documents, or lists of them');
}

const DEFAULT_ROOTS: Readonly<Record<string, string>> = {
  query: 'Query',
  mutation: 'Mutation',
  subscription: 'Subscription',
};

function definitionFaults(definition: DefinitionNode, ourTypes: ReadonlyMap<string, TypeParts>): string[] {
  if (definition.kind === Kind.DIRECTIVE_DEFINITION) return directiveFaults(definition.name.value);
  if (definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION) {
    return (definition.operationTypes ?? [])
      .filter(({ operation, type }) => type.name.value !== DEFAULT_ROOTS[operation])
      .map(
        ({ operation, type }) =>
          `schema: ${operation} cannot be ${type.name.value}: extend ${DEFAULT_ROOTS[operation]}`,
      );
  }
  return [...describeTypes([definition])].flatMap(([name, parts]) => typeFaults(name, parts, ourTypes));
}

const directiveFaults = (name: string): string[] =>
  (DIRECTIVE_NAMES as readonly string[]).includes(name) ? [`@${name}: is Latchkey's own: drop the declaration`] : [];

function typeFaults(
  name: string,
  { isDeclared, members }: TypeParts,
  ourTypes: ReadonlyMap<string, TypeParts>,
): string[] {
  // graphql-tools keeps types and directives under one name: the type would take the directive's place.
  if ((DIRECTIVE_NAMES as readonly string[]).includes(name))
    return [`${name}: is a directive of Latchkey's: rename it`];
  const our = ourTypes.get(name);
  if (our === undefined) return [];
  return [
    ...(isDeclared ? [`${name}: is declared by Latchkey already: write \`extend\` before it`] : []),
    ...[...members]
      .filter((member) => our.members.has(member))
      .map((member) => `${name}.${member}: is Latchkey's own: drop it or take another name`),
  ];
}

function resolverFaults(resolvers: ResolverMap, ourTypes: ReadonlyMap<string, TypeParts>): string[] {
  const faults: string[] = [];
  // `in`, as graphql-tools reads them: inherited ones count.
  for (const typeName in resolvers) {
    const our = ourTypes.get(typeName);
    if (our === undefined) continue;
    if (!our.hasFields) {
      faults.push(`${typeName}: takes no resolver of an application: drop it`);
      continue;
    }
    for (const fieldName in Object(resolvers[typeName]) as ResolverMap) {
      // `__astNode` and the like would replace the type's rules.
      if (!fieldName.startsWith('__') && !our.members.has(fieldName)) continue;
      faults.push(`${typeName}.${fieldName}: is resolved by Latchkey: drop the resolver`);
    }
  }
  return faults;
}
