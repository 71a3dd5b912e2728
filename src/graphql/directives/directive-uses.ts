import {
  DirectiveLocation,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isUnionType,
  valueFromASTUntyped,
} from 'graphql';
import type { ConstDirectiveNode, GraphQLArgument, GraphQLNamedType, GraphQLSchema } from 'graphql';

/** The directives that this folder guards by. */
export const DIRECTIVE_NAMES = ['public', 'auth', 'hasRole', 'hasPermission', 'owner'] as const;
export type DirectiveName = (typeof DIRECTIVE_NAMES)[number];

/** One directive as written: arguments in order, with enum values by their names. */
export interface DirectiveUse {
  readonly name: DirectiveName;
  readonly args: readonly (readonly [name: string, value: unknown])[];
}

/** A place in a schema that directives can stand at. */
export interface SchemaElement {
  readonly coordinate: string;
  readonly location: DirectiveLocation;
  readonly uses: readonly DirectiveUse[];
}

interface Annotated {
  readonly astNode?: { readonly directives?: readonly ConstDirectiveNode[] | undefined } | null | undefined;
  readonly extensionASTNodes?: readonly { readonly directives?: readonly ConstDirectiveNode[] | undefined }[];
  readonly extensions: Readonly<Record<string | symbol, unknown>>;
}

/** Our directives on one element: in its definition, its `extend`s, and, where it was written in code, its `extensions.directives`. */
export function directiveUses(element: Annotated): DirectiveUse[] {
  const nodes = [element.astNode, ...(element.extensionASTNodes ?? [])].flatMap((node) => node?.directives ?? []);
  const written = nodes.map((node) => ({
    name: node.name.value,
    args: (node.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value)] as const),
  }));
  return [...written, ...usesInExtensions(element.extensions['directives'])].filter(isOurs);
}

const isOurs = (use: { readonly name: string; readonly args: DirectiveUse['args'] }): use is DirectiveUse =>
  (DIRECTIVE_NAMES as readonly string[]).includes(use.name);

/** Both shapes that are about: `{ auth: args | args[] }` and `[{ name: 'auth', args }]`. */
function usesInExtensions(directives: unknown): { name: string; args: DirectiveUse['args'] }[] {
  if (typeof directives !== 'object' || directives === null) return [];
  const named: [name: string, args: unknown][] = Array.isArray(directives)
    ? directives.map((use: { name: string; args?: unknown }) => [use.name, use.args])
    : Object.entries(directives).flatMap(([name, args]) => [args].flat().map((one): [string, unknown] => [name, one]));
  return named.map(([name, args]) => ({ name, args: Object.entries(args ?? {}) }));
}

/** Every place of the schema that a directive could be written at, introspection left out. */
export function* schemaElements(schema: GraphQLSchema): Generator<SchemaElement> {
  yield { coordinate: 'schema', location: DirectiveLocation.SCHEMA, uses: directiveUses(schema) };
  for (const directive of schema.getDirectives()) yield* argumentElements(`@${directive.name}`, directive.args);
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue;
    yield { coordinate: type.name, location: typeLocation(type), uses: directiveUses(type) };
    yield* memberElements(type);
  }
}

function* memberElements(type: GraphQLNamedType): Generator<SchemaElement> {
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      const coordinate = `${type.name}.${field.name}`;
      yield { coordinate, location: DirectiveLocation.FIELD_DEFINITION, uses: directiveUses(field) };
      yield* argumentElements(coordinate, field.args);
    }
  } else if (isEnumType(type) || isInputObjectType(type)) {
    const location = isEnumType(type) ? DirectiveLocation.ENUM_VALUE : DirectiveLocation.INPUT_FIELD_DEFINITION;
    for (const member of isEnumType(type) ? type.getValues() : Object.values(type.getFields())) {
      yield { coordinate: `${type.name}.${member.name}`, location, uses: directiveUses(member) };
    }
  }
}

function* argumentElements(coordinate: string, args: readonly GraphQLArgument[]): Generator<SchemaElement> {
  for (const argument of args) {
    const location = DirectiveLocation.ARGUMENT_DEFINITION;
    yield { coordinate: `${coordinate}(${argument.name}:)`, location, uses: directiveUses(argument) };
  }
}

function typeLocation(type: GraphQLNamedType): DirectiveLocation {
  if (isObjectType(type)) return DirectiveLocation.OBJECT;
  if (isInterfaceType(type)) return DirectiveLocation.INTERFACE;
  if (isUnionType(type)) return DirectiveLocation.UNION;
  if (isEnumType(type)) return DirectiveLocation.ENUM;
  return isScalarType(type) ? DirectiveLocation.SCALAR : DirectiveLocation.INPUT_OBJECT;
}
