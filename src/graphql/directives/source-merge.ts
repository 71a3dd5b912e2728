import { isTypeDefinitionNode, isTypeExtensionNode, Kind } from 'graphql';
import type { ConstDirectiveNode, ConstValueNode, DefinitionNode, InputValueDefinitionNode } from 'graphql';
import { DIRECTIVE_NAMES } from './directive-uses.js';

/**
 * Where merging would let in more than was written. graphql-tools joins the lists of a directive that is not
 * repeatable (`@owner(orRole: [ADMIN])` here and `[EDITOR]` there admit both), treats every directive of an input field
 * so, keeps one of several declarations of an argument with its directives, and takes `[ADMIN, ADMIN]` for a repetition
 * of `[ADMIN, EDITOR]`, dropping it.
 */
export function mergeFaults(definitions: readonly DefinitionNode[]): string[] {
  const elements = definitions.flatMap(elementsOf);
  const uses = elements.flatMap(({ coordinate, directives }) =>
    directives.map((directive) => ({ coordinate, directive })),
  );
  const owned = uses.filter(({ directive }) => directive.name.value === 'owner').map(({ coordinate }) => coordinate);
  return [
    ...repeated(owned).map((coordinate) => `${coordinate}: @owner is given more than once: keep one`),
    ...inputFaults(elements.filter(({ isInput }) => isInput)),
    ...uses.flatMap(({ coordinate, directive }) =>
      repeatedNames(directive).map((name) => `${coordinate}: @${directive.name.value} names ${name} twice`),
    ),
  ];
}

/** Anything that directives can stand at. */
interface Element {
  readonly coordinate: string;
  /** An argument or input field. */
  readonly isInput: boolean;
  /** Ours. */
  readonly directives: readonly ConstDirectiveNode[];
}

/** Inputs with a rule that are declared more than once. */
function inputFaults(inputs: readonly Element[]): string[] {
  const ruled = new Set(inputs.filter(({ directives }) => directives.length > 0).map(({ coordinate }) => coordinate));
  return repeated(inputs.map(({ coordinate }) => coordinate))
    .filter((coordinate) => ruled.has(coordinate))
    .map((coordinate) => `${coordinate}: is declared more than once, which would lose rules: keep one declaration`);
}

function elementsOf(definition: DefinitionNode): Element[] {
  if (!isTypeDefinitionNode(definition) && !isTypeExtensionNode(definition)) return [];
  const typeName = definition.name.value;
  const fields = 'fields' in definition ? (definition.fields ?? []) : [];
  const members = fields.flatMap((field) => {
    const coordinate = `${typeName}.${field.name.value}`;
    const isInput = field.kind === Kind.INPUT_VALUE_DEFINITION;
    const args: readonly InputValueDefinitionNode[] = 'arguments' in field ? (field.arguments ?? []) : [];
    return [
      { coordinate, isInput, directives: oursOf(field) },
      ...args.map((argument) => ({
        coordinate: `${coordinate}(${argument.name.value}:)`,
        isInput: true,
        directives: oursOf(argument),
      })),
    ];
  });
  return [{ coordinate: typeName, isInput: false, directives: oursOf(definition) }, ...members];
}

const oursOf = (node: { readonly directives?: readonly ConstDirectiveNode[] }): readonly ConstDirectiveNode[] =>
  (node.directives ?? []).filter(({ name }) => (DIRECTIVE_NAMES as readonly string[]).includes(name.value));

function repeatedNames({ arguments: given = [] }: ConstDirectiveNode): string[] {
  return given.flatMap(({ value }) => repeated(value.kind === Kind.LIST ? value.values.flatMap(nameOf) : []));
}

const nameOf = (value: ConstValueNode): string[] =>
  value.kind === Kind.ENUM || value.kind === Kind.STRING ? [value.value] : [];

/** What occurs more than once, each a single time. */
const repeated = (names: readonly string[]): string[] => [
  ...new Set(names.filter((name, index) => names.indexOf(name) !== index)),
];
