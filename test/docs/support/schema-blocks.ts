import { buildSchema, GraphQLError, Kind, parse, validate, type DocumentNode, type GraphQLSchema } from 'graphql';
import { describeSchema } from '../../../src/graphql/schema-report.js';
import { inPlace, piecesOf, placeOf, type Block } from './documents.js';

/**
 * What is wrong with the GraphQL of a document: its definitions, taken together, have to build on our schema as those of
 * an application do, and its operations have to be valid against what comes of that.
 */
export function graphqlFaults(blocks: readonly Block[]): string[] {
  const faults: string[] = [];
  const definitions: Block[] = [];
  const operations: { readonly block: Block; readonly document: DocumentNode }[] = [];
  for (const block of blocks) {
    try {
      const document = parse(block.text);
      if (document.definitions.every(isExecutable)) operations.push({ block, document });
      else definitions.push(block);
    } catch (error) {
      faults.push(`${placeOf(block)}: ${messageOf(error)}`);
    }
  }
  const path = blocks[0]?.document ?? '';
  const given = operations.flatMap(({ block }) => block.given ?? []);
  const pieces = [...definitions.flatMap(piecesOf), ...given].toSorted((one, other) => one.line - other.line);
  const { faults: ofSchema, sdl } = describeSchema(pieces.length > 0 ? [{ name: path, text: inPlace(pieces) }] : []);
  faults.push(...ofSchema.map((fault) => (fault.startsWith(path) ? fault : `${path}: ${fault}`)));
  if (faults.length > 0) return faults;
  const schema = buildSchema(sdl);
  return operations.flatMap(({ block, document }) => operationFaults(schema, block, document));
}

const isExecutable = ({ kind }: { readonly kind: Kind }): boolean =>
  kind === Kind.OPERATION_DEFINITION || kind === Kind.FRAGMENT_DEFINITION;

const operationFaults = (schema: GraphQLSchema, block: Block, document: DocumentNode): string[] =>
  validate(schema, document).map(
    ({ message, locations }) =>
      `${placeOf({ ...block, line: block.line + (locations?.[0]?.line ?? 1) - 1 })}: ${message}`,
  );

const messageOf = (error: unknown): string => (error instanceof GraphQLError ? error.message : String(error));
