import { isTypeDefinitionNode, isTypeExtensionNode } from 'graphql';
import type { DefinitionNode } from 'graphql';

/** One type of some sources, its definition and its extensions together. */
export interface TypeParts {
  /** Not merely extended. */
  readonly isDeclared: boolean;
  /** Its fields have resolvers: an object or interface type. */
  readonly hasFields: boolean;
  /** Names of fields, input fields or enum values. */
  readonly members: ReadonlySet<string>;
}

/** The types that definitions declare or extend, by name. */
export function describeTypes(definitions: readonly DefinitionNode[]): ReadonlyMap<string, TypeParts> {
  const types = new Map<string, TypeParts>();
  for (const definition of definitions) {
    if (!isTypeDefinitionNode(definition) && !isTypeExtensionNode(definition)) continue;
    const known = types.get(definition.name.value);
    types.set(definition.name.value, {
      isDeclared: (known?.isDeclared ?? false) || isTypeDefinitionNode(definition),
      hasFields: /^(Object|Interface)Type/.test(definition.kind),
      members: new Set([...(known?.members ?? []), ...memberNames(definition)]),
    });
  }
  return types;
}

function memberNames(definition: DefinitionNode): string[] {
  if ('fields' in definition) return (definition.fields ?? []).map(({ name }) => name.value);
  return 'values' in definition ? (definition.values ?? []).map(({ name }) => name.value) : [];
}
