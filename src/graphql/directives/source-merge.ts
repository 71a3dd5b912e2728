import { isTypeDefinitionNode, isTypeExtensionNode, Kind } from 'graphql';
import type { ConstDirectiveNode, DefinitionNode } from 'graphql';

/**
 * Where merging would let in more than was written. graphql-tools joins the lists of a directive that is not
 * repeatable (`@owner(orRole: [ADMIN])` here and `[EDITOR]` there admit both), and takes `[ADMIN, ADMIN]` for a
 * repetition of `[ADMIN, EDITOR]`, dropping it.
 */
export function mergeFaults(definitions: readonly DefinitionNode[]): string[] {
  const uses = definitions.flatMap(directivesByCoordinate);
  const owned = uses.filter(({ directive }) => directive.name.value === 'owner').map(({ coordinate }) => coordinate);
  const repeated = new Set(owned.filter((coordinate, index) => owned.indexOf(coordinate) !== index));
  return [
    ...[...repeated].map((coordinate) => `${coordinate}: @owner is given more than once: keep one`),
    ...uses.flatMap(({ coordinate, directive }) =>
      repeatedRoles(directive).map((role) => `${coordinate}: @${directive.name.value} names ${role} twice`),
    ),
  ];
}

interface LocatedDirective {
  readonly coordinate: string;
  readonly directive: ConstDirectiveNode;
}

function directivesByCoordinate(definition: DefinitionNode): LocatedDirective[] {
  if (!isTypeDefinitionNode(definition) && !isTypeExtensionNode(definition)) return [];
  const typeName = definition.name.value;
  const fields = 'fields' in definition ? (definition.fields ?? []) : [];
  return [
    ...locate(typeName, definition),
    ...fields.flatMap((field) => locate(`${typeName}.${field.name.value}`, field)),
  ];
}

const locate = (coordinate: string, node: object): LocatedDirective[] =>
  'directives' in node
    ? ((node.directives ?? []) as readonly ConstDirectiveNode[]).map((directive) => ({ coordinate, directive }))
    : [];

function repeatedRoles({ name, arguments: given = [] }: ConstDirectiveNode): string[] {
  if (name.value !== 'hasRole' && name.value !== 'owner') return [];
  return given.flatMap(({ value }) => {
    const roles =
      value.kind === Kind.LIST ? value.values.flatMap((item) => (item.kind === Kind.ENUM ? item.value : [])) : [];
    return roles.filter((role, index) => roles.indexOf(role) !== index);
  });
}
