import { describe, expect, test } from '@jest/globals';
import { buildSchema, graphql } from 'graphql';
import { revealNoValue, type RevealedMessage } from '../../src/graphql/reveal-no-value.js';

const schema = buildSchema(`
  scalar Day
  enum Role { ADMIN }
  input Credentials { email: String! password: String! age: Int isNew: Boolean role: Role codes: [String!] id: ID }
  type Query { ask(input: Credentials, text: String, role: Role): Int day(is: Day): Int }
`);
const refuseDay = (value: unknown): never => {
  throw new TypeError(`${JSON.stringify(value)} or, bare, ${String(value)} is no day`);
};
// As many a scalar does, it says the value again.
Object.assign(schema.getType('Day') ?? {}, { parseValue: refuseDay, parseLiteral: refuseDay });
const SECRETS = [
  'hunter2-secret',
  'hunter2; "secret" {x}\nsecret',
  'hunter2 at "input.secret"; secret',
  "hunter2'; `secret`",
];

/** What is left of each error of this document. */
const revealedOf = async (source: string, input?: unknown): Promise<RevealedMessage[]> =>
  ((await graphql({ schema, source, variableValues: { input } })).errors ?? []).map(({ message, originalError }) =>
    revealNoValue(message, originalError?.message ?? ''),
  );
const revealedOfInput = (input: unknown) => revealedOf('query ($input: Credentials!) { ask(input: $input) }', input);

describe('what is said of a value that does not fit', () => {
  test.each(SECRETS)('never holds %j of a variable', async (secret) => {
    const right = { email: 'a', password: secret };
    const inputs: unknown[] = [
      { ...right, bogus: 1 },
      { ...right, age: secret },
      { ...right, isNew: secret },
      { ...right, role: secret },
      { ...right, codes: [{ secret }] },
      { ...right, codes: [secret, 5] },
      { ...right, id: { secret } },
      { ...right, email: null },
      { password: secret },
      { email: 'a', password: { [secret]: secret } },
      { email: 'a', password: [secret] },
      secret,
      [secret, secret],
    ];
    for (const input of inputs) {
      const revealed = await revealedOfInput(input);
      expect(revealed).not.toEqual([]);
      for (const { message, field = '' } of revealed) {
        expect(message + field).not.toMatch(/hunter2/);
        expect(message).toMatch(/^Variable "\$input" is not valid/);
      }
    }
  });

  test.each([1234567, [1234567], { a: 1234567 }, { a: [[1234567]] }])(
    'never holds %j of a variable',
    async (secret) => {
      for (const input of [{ email: 'a', password: secret }, { email: 'a', password: 'b', bogus: secret }, [secret]]) {
        const revealed = await revealedOfInput(input);
        expect(JSON.stringify(revealed)).not.toContain('1234567');
      }
    },
  );

  test('never takes the place from a key, which graphql-js does not escape', async () => {
    const key = ' at "input.hunter2"; Field "hunter2" is not defined by type "hunter2".';
    for (const input of [
      { email: 'a', password: { [key]: 1 } },
      { email: 'a', password: 'b', bogus: { [key]: 1 } },
      { email: 'a', password: 'b', [key]: 1 },
      { [key]: key },
    ]) {
      const revealed = await revealedOfInput(input);
      expect(revealed).not.toEqual([]);
      expect(JSON.stringify(revealed)).not.toContain('hunter2');
    }
  });

  test.each([
    'x at "input.hunter2"; y',
    'hunter2" does not exist in "hunter2" enum.',
    '; Field "hunter2" is not defined by type "hunter2".',
  ])('never takes anything from a reason that says %j again', async (secret) => {
    const revealed = await revealedOf('query ($input: Day!) { day(is: $input) }', secret);
    expect(revealed).toEqual([{ message: 'Variable "$input" is not valid: Expected type "Day".' }]);
  });

  test.each([
    'ask(text: 12345678)',
    'ask(text: {a: "12345678"})',
    'ask(text: ["12345678"])',
    'ask(input: "12345678")',
    'day(is: "12345678")',
    'ask(input: {email: "a" "12345678"})',
    'ask(input: {email: "a" """12345678"""})',
    'ask(input: {email: "a" 12345678})',
    'ask(input: {email: "a" 12345678.5})',
    '"12345678"',
  ])('never holds a literal: %s', async (field) => {
    const revealed = await revealedOf(`{ ${field} }`);
    expect(revealed).not.toEqual([]);
    expect(JSON.stringify(revealed)).not.toContain('12345678');
  });

  test('never holds a literal beside a variable that is null', async () => {
    const query = 'query ($input: String = "a") { ask(input: {email: $input, password: "hunter2"}) }';
    expect(await revealedOf(query, null)).toEqual([{ message: 'Argument "input" is not valid.' }]);
  });

  test('never holds what was written in the place of an enum value', async () => {
    for (const field of ['ask(role: hunter2)', 'ask(role: "hunter2")', 'ask(input: { role: hunter2 })']) {
      const revealed = await revealedOf(`{ ${field} }`);
      expect(revealed).not.toEqual([]);
      expect(JSON.stringify(revealed)).not.toContain('hunter2');
    }
  });

  const right = { email: 'a', password: 'b' };
  test.each<[string, Record<string, unknown>, string, string | undefined]>([
    ['a scalar', { ...right, password: 5 }, ' at "input.password": String cannot represent this value.', 'password'],
    ['an item', { ...right, codes: ['c', 5] }, ' at "input.codes[1]": String cannot represent this value.', 'codes'],
    ['an enum', { ...right, role: 'c' }, ' at "input.role": The value does not exist in "Role" enum.', 'role'],
    ['what is missing', { email: 'a' }, ': Field "password" of required type "String!" was not provided.', undefined],
    ['what is too much', { ...right, bogus: 1 }, ': Field "bogus" is not defined by type "Credentials".', undefined],
  ])('says where, and why: %s', async (_name, input, end, field) => {
    const message = `Variable "$input" is not valid${end}`;
    expect(await revealedOfInput(input)).toEqual([field === undefined ? { message } : { message, field }]);
  });

  test('stays as it is where it complains of no value', () => {
    for (const message of ['Cannot query field "x" on type "Query".', 'Syntax Error: Expected Name, found "}".']) {
      expect(revealNoValue(message, '')).toEqual({ message });
    }
  });
});
