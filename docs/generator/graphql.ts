import { makeExecutableSchema } from '@graphql-tools/schema';
import {
  astFromValue,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isObjectType,
  isScalarType,
  isSpecifiedDirective,
  print,
  type ConstDirectiveNode,
  type GraphQLArgument,
  type GraphQLDirective,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type GraphQLType,
} from 'graphql';
import { readTypeDefs } from '../../src/graphql/type-defs.js';
import { code, head, page, table } from './markdown.js';

const INTRODUCTION = `What \`POST /graphql\` of a server answers, before an application adds to it. Rules behind a field are those of the
[directives](../directives.md): without one, whoever reaches the type may have it. Errors are told by
[\`errors[].extensions.code\`](#errorcode). A field without \`!\` is null where it is refused, with an error at its path.

[Queries](#queries), [mutations](#mutations), [objects](#objects), [inputs](#inputs), [enums](#enums), [scalars](#scalars),
[directives](#directives).`;

/** The schema of a server, for people. */
export function graphqlPage(): string {
  const schema = makeExecutableSchema({ typeDefs: readTypeDefs() });
  const types = Object.values(schema.getTypeMap())
    .filter(({ name, astNode }) => !name.startsWith('__') && astNode != null)
    .toSorted((one, other) => one.name.localeCompare(other.name));
  const roots = [schema.getQueryType(), schema.getMutationType()];
  const others = types.filter((type) => !roots.some((root) => root === type));
  return page([
    head('GraphQL reference', '`schema/*.graphql`'),
    INTRODUCTION,
    ...rootParts('Queries', roots[0]),
    ...rootParts('Mutations', roots[1]),
    ...section('Objects', others.filter(isObjectType), objectParts),
    ...section('Inputs', others.filter(isInputObjectType), (type) => [
      inputTable('field', Object.values(type.getFields())),
    ]),
    ...section('Enums', others.filter(isEnumType), (type) => [
      table(
        ['value', 'meaning'],
        type.getValues().map(({ name, description }) => [code(name), description ?? '']),
      ),
    ]),
    ...section('Scalars', others.filter(isScalarType), () => []),
    ...directiveParts(schema),
  ]);
}

function rootParts(title: string, root: GraphQLObjectType | null | undefined): string[] {
  if (root == null) return [];
  const fields = Object.values(root.getFields()).toSorted((one, other) => one.name.localeCompare(other.name));
  return [`## ${title}`, ...fields.flatMap((field) => fieldParts(root.name, field))];
}

const fieldParts = (parent: string, { name, args, type, description, astNode }: Field): string[] => [
  `### ${parent}.${name}`,
  description ?? '',
  [`Answers ${typeLink(type)}.`, ...ruleSentence(astNode?.directives)].join(' '),
  inputTable('argument', args),
];

type Field = GraphQLField<unknown, unknown>;

function section<Type extends GraphQLNamedType>(
  title: string,
  types: readonly Type[],
  partsOf: (type: Type) => readonly string[],
): string[] {
  return [`## ${title}`, ...types.flatMap((type) => [`### ${type.name}`, type.description ?? '', ...partsOf(type)])];
}

const objectParts = (type: GraphQLObjectType): string[] => [
  ruleSentence(type.astNode?.directives).join(''),
  table(
    ['field', 'type', 'rules', 'meaning'],
    Object.values(type.getFields()).map(({ name, type: fieldType, description, astNode }) => [
      ...[code(name), typeLink(fieldType), rulesOf(astNode?.directives).join(' ')],
      description ?? '',
    ]),
  ),
];

const inputTable = (title: string, inputs: readonly (GraphQLArgument | GraphQLInputField)[]): string =>
  table(
    [title, 'type', 'default', 'meaning'],
    inputs.map(({ name, type, defaultValue, description, astNode }) => [
      ...[code(name), [typeLink(type), ...rulesOf(astNode?.directives)].join(' ')],
      defaultValue === undefined ? '' : code(printValue(defaultValue, type)),
      description ?? '',
    ]),
  );

function printValue(value: unknown, type: GraphQLArgument['type']): string {
  const node = astFromValue(value, type);
  return node == null ? String(value) : print(node);
}

function directiveParts(schema: GraphQLSchema): string[] {
  const directives = schema.getDirectives().filter((directive) => !isSpecifiedDirective(directive));
  return ['## Directives', ...directives.flatMap(directivePart)];
}

const directivePart = ({ name, description, args, locations, isRepeatable }: GraphQLDirective): string[] => [
  `### @${name}`,
  description ?? '',
  `Stands on ${locations.map(code).join(', ')}${isRepeatable ? ', also several times' : ''}.`,
  inputTable('argument', args),
];

const rulesOf = (directives: readonly ConstDirectiveNode[] = []): string[] =>
  directives.map((each) => code(print(each)));

const ruleSentence = (directives: readonly ConstDirectiveNode[] | undefined): string[] => {
  const rules = rulesOf(directives);
  return rules.length === 0 ? [] : [`Rules: ${rules.join(' ')}.`];
};

/** With a link to what we declare; GraphQL's own scalars have none. */
function typeLink(type: GraphQLType): string {
  const { name, astNode } = getNamedType(type);
  return astNode == null ? code(String(type)) : `[${code(String(type))}](#${name.toLowerCase()})`;
}
