import { readdirSync, readFileSync } from 'node:fs';
import { Kind, parse, print } from 'graphql';

/** Beside the sources and, in the package, beside what they were compiled to. */
const SCHEMA_FOLDER = new URL('../../schema/', import.meta.url);

const read = (name: string): string => readFileSync(new URL(name, SCHEMA_FOLDER), 'utf8');

/** Our own SDL, one document a file of `schema/`. */
export const readTypeDefs = (): string[] =>
  readdirSync(SCHEMA_FOLDER)
    .filter((name) => name.endsWith('.graphql'))
    .sort()
    .map(read);

/** The directives and `enum Role`, and nothing else of ours: for a schema of an application's own. */
export function readAuthTypeDefs(): string {
  const roles = parse(read('role.graphql')).definitions.filter(
    (definition) => definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === 'Role',
  );
  return [read('directives.graphql'), ...roles.map(print)].join('\n');
}
