import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Environment } from '../../src/config.js';
import { ManualClock } from '../support/clock.js';
import { startServer, type TestServer } from '../support/server.js';
import { createBackend, type Backend } from '../support/stores.js';
import { freshEmail, PASSWORD, SIGN_UP } from './support/people.js';
import { readSetCookies } from './support/set-cookies.js';

const DAY_SECONDS = 24 * 60 * 60;

const CASES: readonly {
  readonly name: string;
  readonly environment: Environment;
  readonly names: readonly [string, string, string];
  readonly attributes: Readonly<Record<string, string>>;
}[] = [
  {
    name: 'over http: plain names, no Secure',
    environment: {},
    names: ['latchkey-access', 'latchkey-refresh', 'latchkey-device'],
    attributes: { httponly: '', path: '/', samesite: 'Lax', 'max-age': String(30 * DAY_SECONDS) },
  },
  {
    name: 'with a PUBLIC_URL of https: __Host- and Secure',
    environment: { PUBLIC_URL: 'https://auth.example.com' },
    names: ['__Host-latchkey-access', '__Host-latchkey-refresh', '__Host-latchkey-device'],
    attributes: { httponly: '', path: '/', samesite: 'Lax', secure: '', 'max-age': String(30 * DAY_SECONDS) },
  },
  {
    name: 'with COOKIE_DOMAIN: __Secure- and the domain',
    environment: { PUBLIC_URL: 'https://auth.example.com', COOKIE_DOMAIN: 'example.com', COOKIE_SAME_SITE: 'strict' },
    names: ['__Secure-latchkey-access', '__Secure-latchkey-refresh', '__Secure-latchkey-device'],
    attributes: {
      ...{ httponly: '', path: '/', samesite: 'Strict', secure: '', domain: 'example.com' },
      'max-age': String(30 * DAY_SECONDS),
    },
  },
  {
    name: 'with COOKIE_SAME_SITE=none, for a session of an hour',
    environment: { PUBLIC_URL: 'https://auth.example.com', COOKIE_SAME_SITE: 'none', SESSION_TTL_SECONDS: '3600' },
    names: ['__Host-latchkey-access', '__Host-latchkey-refresh', '__Host-latchkey-device'],
    attributes: { httponly: '', path: '/', samesite: 'None', secure: '', 'max-age': '3600' },
  },
  {
    name: 'for sessions of ten years: no cookie lasts longer than 400 days',
    environment: { SESSION_IDLE_TTL_SECONDS: '315360000', SESSION_TTL_SECONDS: '315360000' },
    names: ['latchkey-access', 'latchkey-refresh', 'latchkey-device'],
    attributes: { httponly: '', path: '/', samesite: 'Lax', 'max-age': String(400 * DAY_SECONDS) },
  },
];

describe.each(CASES)('Cookies $name', ({ environment, names, attributes }) => {
  let backend: Backend;
  let server: TestServer;
  beforeAll(async () => {
    backend = createBackend('SQLite');
    server = await startServer(backend.url, { environment, clock: new ManualClock() });
  });
  afterAll(async () => {
    await server.close();
    await backend.destroy();
  });

  test('have these names and attributes, hold the tokens, and those of the session are cleared by the same', async () => {
    const browser = server.client({ kind: 'browser' });
    const input = { email: freshEmail(), password: PASSWORD };
    const answer = await browser.ask(SIGN_UP, { variables: { input } });
    const [access, refresh, device, ...others] = readSetCookies(answer.headers);

    expect(answer.body.data).toMatchObject({ signUp: { accessToken: null, refreshToken: null } });
    expect(others).toEqual([]);
    expect([access?.name, refresh?.name, device?.name]).toEqual(names);
    expect(access?.attributes).toEqual(attributes);
    expect(refresh?.attributes).toEqual(attributes);
    // Known for as long as browsers keep a cookie, whatever becomes of the session.
    expect(device?.attributes).toEqual({ ...attributes, 'max-age': String(400 * DAY_SECONDS) });
    expect(access?.value).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(refresh?.value).toMatch(/^lkr_[\w-]{91}$/);
    expect(device?.value).toMatch(/^lkd_[\w-]{51}$/);
    expect((await browser.ask('{ session { transport current } }')).body.data).toEqual({
      session: { transport: 'COOKIE', current: true },
    });

    const cleared = readSetCookies((await browser.ask('mutation { signOut { signedOut } }')).headers);
    const expires = new Date(0).toUTCString();
    expect(cleared).toEqual(
      names.slice(0, 2).map((name) => ({ name, value: '', attributes: { ...attributes, 'max-age': '0', expires } })),
    );
  });
});
