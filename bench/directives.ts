/**
 * What do guards cost? A list of rows with five fields, three of them protected, beside the same schema without
 * directives, in the same run and in turns: by a role, by an owner, and by a rule on the type of the rows as well. For
 * comparison the same three fields wrapped by an `async` function, as most libraries of this kind do it.
 *
 *     node --expose-gc --import tsx bench/directives.ts [--rows=10000] [--rounds=42] [--json]
 */
import { readFileSync } from 'node:fs';
import { makeExecutableSchema } from '@graphql-tools/schema';
import { mapSchema, MapperKind } from '@graphql-tools/utils';
import { defaultFieldResolver, execute, parse } from 'graphql';
import type { GraphQLFieldConfig, GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import { protectSchema } from '../src/graphql/directives/protect.js';
import { printResults } from './support/in-process.js';
import { numberOption } from './support/options.js';

const ROWS = numberOption('rows', 10_000);
const ROUNDS = numberOption('rounds', 42);
const PROTECTED = ['a', 'b', 'c'];

const directives = readFileSync(new URL('../schema/directives.graphql', import.meta.url), 'utf8');
const rows = Array.from({ length: ROWS }, (_, id) => ({ id, userId: '7', a: 'a', b: 'b', c: 'c' }));
const document = parse('{ rows { id userId a b c } }');
const principal = { userId: '7' as never, roles: ['EDITOR', 'ADMIN'], permissions: [], authenticatedAt: new Date() };
const contextValue = { principal, credential: { kind: 'principal', principal }, clock: { now: () => new Date() } };

function schemaOf(fieldRule: string, typeRule = ''): GraphQLSchema {
  const fields = PROTECTED.map((name) => `${name}: String ${fieldRule}`).join(' ');
  const sdl = `enum Role { ADMIN EDITOR } type Row ${typeRule} { id: ID userId: ID ${fields} } type Query { rows: [Row] }`;
  const schema = makeExecutableSchema({ typeDefs: [directives, sdl], resolvers: { Query: { rows: () => rows } } });
  return protectSchema({ schema, roles: ['ADMIN', 'EDITOR'] });
}

type Resolver = GraphQLFieldResolver<unknown, typeof contextValue, Record<string, unknown>>;

/** The usual wrapper: waits before it goes on, also where there is nothing to wait for. */
const asyncSchema = mapSchema(schemaOf(''), {
  [MapperKind.OBJECT_FIELD]: (config: GraphQLFieldConfig<unknown, typeof contextValue>, name) => {
    if (!PROTECTED.includes(name)) return undefined;
    const resolve: Resolver = config.resolve ?? defaultFieldResolver;
    const guarded: Resolver = async (source, args, context, info) => {
      if (!context.principal.roles.includes('ADMIN')) throw new Error('FORBIDDEN');
      return resolve(source, args, context, info);
    };
    return { ...config, resolve: guarded };
  },
});

const SCHEMAS: Readonly<Record<string, GraphQLSchema>> = {
  'without directives': schemaOf(''),
  '@auth': schemaOf('@auth'),
  '@hasRole': schemaOf('@hasRole(anyOf: ADMIN)'),
  '@auth(maxAgeSeconds)': schemaOf('@auth(maxAgeSeconds: 600)'),
  '@owner': schemaOf('@owner(field: "userId")'),
  '@hasRole, and @owner on the type': schemaOf('@hasRole(anyOf: ADMIN)', '@owner(field: "userId")'),
  'an async wrapper': asyncSchema,
};

async function milliseconds(schema: GraphQLSchema): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('Run this with --expose-gc.');
  // Nobody pays for the garbage of whoever came before.
  globalThis.gc();
  const { user, system } = process.cpuUsage();
  const { data, errors } = await execute({ schema, document, contextValue });
  const after = process.cpuUsage();
  if (errors !== undefined || (data?.['rows'] as unknown[]).length !== ROWS)
    throw new Error('The answer is not whole.');
  return (after.user + after.system - user - system) / 1_000;
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)] ?? NaN;

/** Over all the rounds, each comes at each place as often, and after each of the others as often: their number is prime. */
function inTurns<Value>(values: readonly Value[], round: number): Value[] {
  const count = values.length;
  const stride = 1 + (Math.floor(round / count) % (count - 1));
  return values.map((_, index) => values[(round + index * stride) % count] as Value);
}

// The ratio is that of each round, so that what else the machine does meets all alike.
const SCHEMAS_IN_ALL = Object.keys(SCHEMAS).length;
const rounds: Record<string, number>[] = [];
for (let round = 0; round < SCHEMAS_IN_ALL + ROUNDS; round += 1) {
  const measured: Record<string, number> = {};
  for (const [name, schema] of inTurns(Object.entries(SCHEMAS), round)) measured[name] = await milliseconds(schema);
  // The first are for warming up.
  if (round >= SCHEMAS_IN_ALL) rounds.push(measured);
}
const results = Object.keys(SCHEMAS).map((name) => {
  const ratios = rounds.map((round) => (round[name] ?? NaN) / (round['without directives'] ?? NaN));
  return [name, { ms: median(rounds.map((round) => round[name] ?? NaN)), ratio: median(ratios) }] as const;
});
printResults(Object.fromEntries(results));
