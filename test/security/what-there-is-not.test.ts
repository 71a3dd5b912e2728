import { describe, expect, test } from '@jest/globals';
import { isObjectType, type GraphQLSchema } from 'graphql';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../src/config.js';
import { createSchema } from '../../src/graphql/schema.js';
import { describeOnEachServer } from '../http/support/fixture.js';
import { freshEmail, PASSWORD, SIGN_IN, SIGN_UP, signUp, VIEWER } from '../http/support/people.js';

const ASVS = readFileSync(join(import.meta.dirname, '../../docs/asvs.md'), 'utf8');
const DAY_SECONDS = 24 * 3600;
const FIFTY_YEARS_MS = 50 * 365 * DAY_SECONDS * 1000;

const schema = createSchema({ roles: [], typeDefs: [], resolvers: {}, coverage: 'required' });

/** The mutations whose answer can hold an access token. */
function waysToTokens(of: GraphQLSchema): string[] {
  const mutations = Object.values(of.getMutationType()?.getFields() ?? {});
  const givesToken = (typeName: string): boolean => {
    const type = of.getType(typeName);
    return isObjectType(type) && 'accessToken' in type.getFields();
  };
  return mutations.filter(({ type }) => givesToken(String(type).replace('!', ''))).map(({ name }) => name);
}

describe('docs/asvs.md', () => {
  test('names every way to sign in that the schema has, and no other mutation', () => {
    const [, section = ''] = /^## The ways to sign in\n([^]*?)\n## /m.exec(ASVS) ?? [];
    const named = new Set([...section.matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
    const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {});
    expect(mutations.filter((name) => named.has(name)).sort()).toEqual(waysToTokens(schema).sort());
    expect(waysToTokens(schema)).not.toEqual([]);
  });

  test('tells the lifetimes as they are', () => {
    const config = readConfig({});
    const [idle, absolute] = /ends (\d+) days after its last refresh and (\d+) days/.exec(ASVS)?.slice(1) ?? [];
    expect([idle, absolute].map((days) => Number(days) * DAY_SECONDS)).toEqual([
      config.sessionIdleTtlSeconds,
      config.sessionTtlSeconds,
    ]);
    expect(Number(/access tokens live (\d+) minutes/.exec(ASVS)?.[1]) * 60).toBe(config.accessTokenTtlSeconds);
  });
});

test('no field, argument or input asks for a hint or a secret question', () => {
  const names = Object.values(schema.getTypeMap())
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) => ('getFields' in type ? Object.keys(type.getFields()) : []));
  expect(names).toContain('password');
  expect(names.filter((name) => /hint|question|answer/i.test(name))).toEqual([]);
});

describeOnEachServer('There is no', (fixture) => {
  test('JSONP: an answer is JSON, whatever name a caller gives', async () => {
    const url = '/graphql?query=%7B__typename%7D&callback=steal&jsonp=steal';
    const answer = await fixture()
      .server.client()
      .fetch(url, { headers: { 'apollo-require-preflight': '1' } });
    expect(answer.headers.get('content-type')).toMatch(/^application\/(graphql-response\+)?json/);
    expect(JSON.parse(await answer.text())).toEqual({ data: { __typename: 'Query' } });
  });

  test.each(['/reset-password', '/verify-email', '/refresh?returnTo=/account', '/.well-known/jwks.json'])(
    'script or page that knows who is signed in: %s is the same for everybody',
    async (path) => {
      const { server } = fixture();
      const browser = server.client({ kind: 'browser' });
      const variables = { input: { email: freshEmail(), password: PASSWORD } };
      await browser.ask(SIGN_UP, { variables });
      expect(browser.cookies.size).toBeGreaterThan(0);
      const [own, strangers] = await Promise.all(
        [browser, server.client()].map(async (client) => (await client.fetch(path)).text()),
      );
      expect(own).toBe(strangers);
    },
  );

  test('script against pasting, and the browser is told that the password is a new one', async () => {
    const html = await (await fixture().server.client().fetch('/reset-password')).text();
    expect(html).toMatch(/<input[^>]* autocomplete="new-password"/);
    expect(html).not.toMatch(/paste|copy|keydown|contextmenu/i);
  });

  test('age at which a password has to be changed', async () => {
    const { server, clock } = fixture();
    const { email, id } = await signUp(server);
    clock.advance(FIFTY_YEARS_MS);
    const variables = { input: { email, password: PASSWORD } };
    const signedIn = await server.client().ask(SIGN_IN, { variables });
    const token = signedIn.text('signIn.accessToken');
    expect((await server.client().ask(VIEWER, { token })).text('viewer.id')).toBe(id);
  });
});
