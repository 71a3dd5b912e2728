import {
  GraphQLError,
  isListType,
  isNonNullType,
  TypeInfo,
  ValidationContext,
  visit,
  type ArgumentNode,
  type DocumentNode,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { createComplexityRule } from 'graphql-query-complexity';
import type { ComplexityEstimatorArgs } from 'graphql-query-complexity';

/** Arguments that say how many entries a list has at most, on a list or on a Relay connection. */
const SIZE_ARGUMENTS = ['first', 'last', 'limit'];
/** Entries of a list that no argument bounds. */
const ASSUMED_SIZE = 10;
/** Ours refuse a longer page themselves (`BAD_USER_INPUT`), which says better what is wrong. */
const OWN_CONNECTIONS = /^(User|AuditEntry)Connection!?$/;
const LONGEST_OWN_PAGE = 100;
/** Selections looked at, every use of a fragment anew: fragments that double would never end. */
const MOST_SELECTIONS = 10_000;

export interface CostedOperation {
  readonly schema: GraphQLSchema;
  /** Valid. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As the client sent them. */
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface Cost {
  readonly cost: number;
  /** Whether it is the same with any other variables that are valid. */
  readonly isFixed: boolean;
}

/**
 * How many fields the operation would resolve: 1 for each, and what is selected in a list times its entries, as
 * `first`, `last` or `limit` has them (the largest one; variables and defaults count), else {@link ASSUMED_SIZE}. A
 * size below 1 counts as none, since to many resolvers it means all. Introspection and what `@skip` and `@include` leave
 * out are free. Infinite where there are too many selections to count.
 *
 * @throws GraphQLError where a directive's argument is not valid with these variables
 */
export function costOf({ schema, document, operation, variables }: CostedOperation): Cost {
  const invalid: unknown[] = [];
  // Variables and arguments that are not valid are the executor's to report: what they belong to does not run.
  const context = new ValidationContext(schema, document, new TypeInfo(schema), (error) => {
    invalid.push(error);
  });
  const rule = createComplexityRule({
    maximumComplexity: Infinity,
    variables,
    estimators: [estimate],
    maxQueryNodes: MOST_SELECTIONS,
  })(context);
  try {
    // For this operation alone: to visit the document would count every one, and walk through all of it.
    rule.onOperationDefinitionEnter(operation);
    return { cost: rule.complexity, isFixed: invalid.length === 0 && !hangsOnVariables(document, operation) };
  } catch (error) {
    // Of the errors that it throws, only the one about `maxQueryNodes` has no place in the document.
    if (error instanceof GraphQLError && error.nodes === undefined)
      return { cost: Infinity, isFixed: !operation.variableDefinitions?.length };
    throw error;
  }
}

/** Of each document, looked up once. */
const hanging = new WeakMap<DocumentNode, boolean>();

/** Whether a variable says how long a list is, or what is left out. */
function hangsOnVariables(document: DocumentNode, { variableDefinitions = [] }: OperationDefinitionNode): boolean {
  if (variableDefinitions.length === 0) return false;
  const known = hanging.get(document) ?? lookForVariables(document);
  hanging.set(document, known);
  return known;
}

function lookForVariables(document: DocumentNode): boolean {
  const telling: ArgumentNode[] = [];
  visit(document, {
    Field({ arguments: given = [] }) {
      telling.push(...given.filter(({ name }) => SIZE_ARGUMENTS.includes(name.value)));
    },
    Directive({ arguments: given = [] }) {
      telling.push(...given);
    },
  });
  return telling.some((argument) => {
    const variables: string[] = [];
    visit(argument, { Variable: ({ name }) => void variables.push(name.value) });
    return variables.length > 0;
  });
}

const estimate = ({ field, type, args, childComplexity }: ComplexityEstimatorArgs): number =>
  field.name.startsWith('__') ? 0 : 1 + childComplexity * entries(field.type, type.name, args);

function entries(type: GraphQLOutputType, parentName: string, args: Readonly<Record<string, unknown>>): number {
  const levels = listLevels(type);
  const isConnection = /Connection!?$/.test(String(type));
  const size = sizeOf(args);
  if (size !== null) {
    const bounded = OWN_CONNECTIONS.test(String(type)) ? Math.min(size, LONGEST_OWN_PAGE) : size;
    return bounded * ASSUMED_SIZE ** Math.max(levels - 1, 0);
  }
  if (isConnection) return ASSUMED_SIZE;
  // `edges` and `nodes`: the connection around has been multiplied.
  return ASSUMED_SIZE ** (parentName.endsWith('Connection') ? Math.max(levels - 1, 0) : levels);
}

/** The size that the arguments say; `null` for none. */
function sizeOf(args: Readonly<Record<string, unknown>>): number | null {
  const sizes = SIZE_ARGUMENTS.map((name) => args[name] ?? null)
    .filter((value) => value !== null)
    .map(Number);
  if (sizes.length === 0 || !sizes.every((size) => size >= 1)) return null;
  return Math.max(...sizes);
}

function listLevels(type: GraphQLOutputType): number {
  if (isNonNullType(type)) return listLevels(type.ofType);
  return isListType(type) ? 1 + listLevels(type.ofType) : 0;
}
