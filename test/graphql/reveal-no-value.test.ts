import { describe, expect, test } from '@jest/globals';
import { buildSchema, graphql } from 'graphql';
import { revealNoValue } from '../../src/graphql/reveal-no-value.js';

const schema = buildSchema(`
  enum Role { ADMIN }
  input Credentials { email: String! password: String! age: Int isNew: Boolean role: Role codes: [String!] id: ID }
  type Query { ask(input: Credentials, text: String, role: Role): Int }
`);
const SECRETS = [
  'hunter2-secret',
  'hunter2; "secret" {x}\nsecret',
  'hunter2 at "input.secret"; secret',
  "hunter2'; `secret`",
];

const messagesOf = async (source: string, input?: unknown): Promise<string[]> =>
  ((await graphql({ schema, source, variableValues: { input } })).errors ?? []).map(({ message }) => message);

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
      const messages = await messagesOf('query ($input: Credentials!) { ask(input: $input) }', input);
      expect(messages).not.toEqual([]);
      for (const message of messages) {
        const { message: revealed, field = '' } = revealNoValue(message);
        expect(revealed + field).not.toMatch(/hunter2/);
        expect(revealed).toMatch(/^Variable "\$input" is not valid/);
      }
    }
  });

  test.each(['ask(text: 12345678)', 'ask(text: {a: "12345678"})', 'ask(text: ["12345678"])', 'ask(input: "12345678")'])(
    'never holds a literal: %s',
    async (field) => {
      const messages = await messagesOf(`{ ${field} }`);
      expect(messages).not.toEqual([]);
      for (const message of messages) expect(revealNoValue(message).message).not.toContain('12345678');
    },
  );

  test('never holds what was written in the place of an enum value', async () => {
    for (const field of ['ask(role: hunter2)', 'ask(role: "hunter2")', 'ask(input: { role: hunter2 })']) {
      for (const message of await messagesOf(`{ ${field} }`)) {
        expect(revealNoValue(message).message).not.toContain('hunter2');
      }
    }
  });

  test('says where, and why', async () => {
    const [message = ''] = await messagesOf('query ($input: Credentials!) { ask(input: $input) }', {
      email: 'a',
      password: 5,
    });
    expect(revealNoValue(message)).toEqual({
      message: 'Variable "$input" is not valid at "input.password".',
      field: 'password',
    });
    const [missing = ''] = await messagesOf('query ($input: Credentials!) { ask(input: $input) }', { email: 'a' });
    expect(revealNoValue(missing).message).toBe(
      'Variable "$input" is not valid: Field "password" of required type "String!" was not provided.',
    );
  });

  test('stays as it is where it complains of no value', () => {
    for (const message of ['Cannot query field "x" on type "Query".', 'Syntax Error: Expected Name, found "}".']) {
      expect(revealNoValue(message)).toEqual({ message });
    }
  });
});
