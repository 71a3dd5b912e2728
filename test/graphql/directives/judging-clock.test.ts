import { expect, test } from '@jest/globals';
import { execute, parse, subscribe } from 'graphql';
import type { ExecutionResult } from 'graphql';
import type { Clock } from '../../../src/domain/clock.js';
import type { Credential } from '../../../src/domain/principal.js';
import { answer, anonymous, guarded, NOW, viewer } from './support.js';

interface Context {
  credential: Credential;
  readonly clock: Clock;
}

const SECOND_MS = 1000;

/** A clock that is advanced, and tells how often it was read. */
function countedClock(): { readonly clock: Clock; readings: number; ageSeconds: number } {
  const counted = {
    readings: 0,
    ageSeconds: 0,
    clock: {
      now: () => {
        counted.readings += 1;
        return new Date(NOW.getTime() + counted.ageSeconds * SECOND_MS);
      },
    },
  };
  return counted;
}

/** Ends the wait of the resolver that began last to wait. */
let letGoOn: () => void = () => undefined;
const isOver = (): Promise<void> => new Promise((resolve) => (letGoOn = resolve));

const schema = guarded(
  `type Row { a: Int @auth(maxAgeSeconds: 60) b: Int @auth(maxAgeSeconds: 60) c: Int @hasRole(anyOf: ADMIN)
     own: Int @owner(field: "by") }
   type Payload { row: Row }
   type Query { rows: [Row] row: Row later: Row }
   type Mutation { signIn(as: String): Payload signInLater(as: String): Payload }
   type Subscription { ticks: Int @auth(maxAgeSeconds: 60) }`,
  {
    Query: {
      rows: () => Array.from({ length: 1_000 }, () => ({ a: 1, b: 2 })),
      row: () => ({ a: 1, c: 3, own: 4, by: 'a' }),
      later: async () => {
        await isOver();
        return { a: 1, c: 3, own: 4, by: 'a' };
      },
    },
    Mutation: {
      signIn: (_source, args: { as: string }, context: Context) => {
        context.credential = viewer(args.as);
        return { row: { own: 4, by: 'a' } };
      },
      signInLater: async (_source, args: { as: string }, context: Context) => {
        await Promise.resolve();
        context.credential = viewer(args.as, ['ADMIN']);
        return { row: { a: 1, c: 3, own: 4, by: 'a' } };
      },
    },
    Subscription: {
      ticks: {
        subscribe: async function* () {
          for (const ticks of [1, 2]) yield { ticks };
        },
      },
    },
  },
);

const run = (source: string, contextValue: Context): ExecutionResult | Promise<ExecutionResult> =>
  execute({ schema, document: parse(source), contextValue });

test('a long list takes one reading of the clock', () => {
  const counted = countedClock();
  const result = run('{ rows { a b } }', { credential: viewer('a'), clock: counted.clock });
  expect(result).not.toHaveProperty('errors');
  expect(counted.readings).toBe(1);
});

test('a proof that grows too old while an operation waits is refused in what follows', async () => {
  const counted = countedClock();
  const result = run('{ row { a } later { a } }', { credential: viewer('a'), clock: counted.clock });
  counted.ageSeconds = 61;
  letGoOn();
  expect(answer(await result)).toEqual({
    data: { row: { a: 1 }, later: { a: null } },
    errors: { 'later.a': 'REAUTHENTICATION_REQUIRED' },
  });
});

test('a proof that grows too old between two events of a subscription is refused at the second', async () => {
  const counted = countedClock();
  const contextValue = { credential: viewer('a'), clock: counted.clock };
  const events = await subscribe({ schema, document: parse('subscription { ticks }'), contextValue });
  if (!('next' in events)) throw new Error('the subscription was refused');
  expect(answer((await events.next()).value as ExecutionResult)).toEqual({ data: { ticks: 1 }, errors: {} });
  counted.ageSeconds = 61;
  expect(answer((await events.next()).value as ExecutionResult)).toEqual({
    data: { ticks: null },
    errors: { ticks: 'REAUTHENTICATION_REQUIRED' },
  });
});

test('two requests at a stretch are each judged by their own clock', () => {
  const early = countedClock();
  const late = countedClock();
  late.ageSeconds = 61;
  const codes = [early, late, early].map(({ clock }) =>
    answer(run('{ row { a } }', { credential: viewer('a'), clock }) as ExecutionResult),
  );
  const refused = { data: { row: { a: null } }, errors: { 'row.a': 'REAUTHENTICATION_REQUIRED' } };
  expect(codes).toEqual([{ data: { row: { a: 1 } }, errors: {} }, refused, { data: { row: { a: 1 } }, errors: {} }]);
});

test('requests of different viewers with one document, at a stretch and in turns, are each judged by their own', async () => {
  const document = parse('{ row { a c own } later { a c own } }');
  const { clock } = countedClock();
  const [admin, owner, stale, nobody] = [viewer('b', ['ADMIN']), viewer('a'), viewer('b', [], 61), anonymous];
  const waiting: (() => void)[] = [];
  const results = [admin, owner, stale, nobody, admin].map((credential) => {
    const result = execute({ schema, document, contextValue: { credential, clock } });
    waiting.push(letGoOn);
    return result;
  });
  for (const goOn of waiting.toReversed()) goOn();
  const rows: unknown[] = [];
  for (const result of results) rows.push(answer(await result).data);
  const expected = [
    { a: 1, c: 3, own: null },
    { a: 1, c: null, own: 4 },
    { a: null, c: null, own: null },
    { a: null, c: null, own: null },
    { a: 1, c: 3, own: null },
  ];
  expect(rows).toEqual(expected.map((row) => ({ row, later: row })));
});

test('who signs in within an operation is judged from then on, also where nothing is waited for', async () => {
  const { clock } = countedClock();
  const source = 'mutation { one: signIn(as: "a") { row { own } } other: signIn(as: "b") { row { own } } }';
  expect(answer(run(source, { credential: anonymous, clock }) as ExecutionResult)).toEqual({
    data: { one: { row: { own: 4 } }, other: { row: { own: null } } },
    errors: { 'other.row.own': 'FORBIDDEN' },
  });
  const later = 'mutation { one: signIn(as: "a") { row { own } } other: signInLater(as: "b") { row { a c own } } }';
  expect(answer(await run(later, { credential: viewer('c', [], 61), clock }))).toEqual({
    data: { one: { row: { own: 4 } }, other: { row: { a: 1, c: 3, own: null } } },
    errors: { 'other.row.own': 'FORBIDDEN' },
  });
});
