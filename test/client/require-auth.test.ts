import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readReturnTo, requireAuth, type RequireAuthOptions } from 'latchkey/client/react';
import type { AuthClient, TokenStorage } from 'latchkey/client';
import { createMemoryRouter, isRouteErrorResponse, type RouterState } from 'react-router';
import { freshEmail, PASSWORD } from '../http/support/people.js';
import { startNotes, type Notes } from './support/notes.js';

describe('requireAuth, as a loader of React Router', () => {
  let notes: Notes;
  beforeAll(async () => {
    notes = await startNotes();
  });
  afterAll(() => notes.close());

  /** Where the router is, once it has loaded what is at this path. */
  async function visit(client: AuthClient, path: string, options: RequireAuthOptions = {}): Promise<RouterState> {
    const guard = requireAuth(client, options);
    const Component = (): null => null;
    const router = createMemoryRouter([
      { path: '/', Component },
      { path: '/sign-in', Component },
      { path: '/enter', Component },
      { path: '/account', loader: guard, Component },
      { id: 'notes', path: '/notes', loader: async (loaded) => `notes of ${(await guard(loaded)).userId}`, Component },
    ]);
    await router.navigate(path);
    const { state } = router;
    router.dispose();
    return state;
  }

  test('lets signed-in users through, and hands loaders their session', async () => {
    const ann = await notes.signedIn();
    expect((await visit(ann, '/account')).location.pathname).toBe('/account');
    expect((await visit(ann, '/notes')).loaderData).toEqual({ notes: `notes of ${ann.session()!.userId}` });
  });

  test('sends nobody to sign in, and says where to go on then', async () => {
    const { location, loaderData } = await visit(notes.client(), '/notes?tag=a&b=//x');
    expect([location.pathname, location.search]).toEqual(['/sign-in', '?returnTo=%2Fnotes%3Ftag%3Da%26b%3D%2F%2Fx']);
    expect(readReturnTo(`http://localhost${location.pathname}${location.search}`)).toBe('/notes?tag=a&b=//x');
    expect(loaderData).toEqual({});
  });

  test('sends them where it is told to', async () => {
    const { location } = await visit(notes.client(), '/account', { signInPath: '/enter' });
    expect(location.pathname).toBe('/enter');
  });

  test('answers 403 to who holds none of the roles, for the error boundary of the route', async () => {
    const { location, errors } = await visit(await notes.signedIn(), '/account', { anyOf: ['EDITOR', 'ADMIN'] });
    const [error] = Object.values(errors ?? {});
    expect(location.pathname).toBe('/account');
    expect(isRouteErrorResponse(error) && error.status).toBe(403);
  });

  test('lets through who holds one of them', async () => {
    const { errors, location } = await visit(notes.admin, '/account', { anyOf: ['EDITOR', 'ADMIN'] });
    expect([errors, location.pathname]).toEqual([null, '/account']);
  });

  test('waits until it is known who is signed in', async () => {
    let kept: string | null = null;
    const storage: TokenStorage = {
      get: async () => {
        await setTimeout(20);
        return kept;
      },
      set: (value) => void (kept = value),
      remove: () => void (kept = null),
    };
    await notes.client(storage).signUp({ email: freshEmail(), password: PASSWORD });
    const reloaded = notes.client(storage);
    expect(reloaded.session()).toBeNull();
    expect((await visit(reloaded, '/account')).location.pathname).toBe('/account');
  });

  test('wants a role where it is given a list', () => {
    expect(() => requireAuth(notes.client(), { anyOf: [] })).toThrow(TypeError);
  });
});

describe('where to go on after signing in', () => {
  test.each([
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\/evil.example',
    '/\t/evil.example',
    ' //evil.example',
    '/\u200B/evil.example',
    '/.//evil.example',
    '/a/..//evil.example',
    '/%2e%2e//evil.example',
    'https://evil.example/',
    'https:evil.example',
    'javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    '%2F%2Fevil.example',
    'account',
    '',
  ])('is not %j', (returnTo) => {
    expect(readReturnTo(`http://localhost/sign-in?${new URLSearchParams({ returnTo }).toString()}`)).toBe('/');
  });

  test.each([
    ['/account?tab=devices#end', '/account?tab=devices#end'],
    ['/a//b', '/a//b'],
    ['/%2F/evil.example', '/%2F/evil.example'],
    ['/a/../account', '/account'],
  ])('is %s', (returnTo, path) => {
    expect(readReturnTo(`/sign-in?${new URLSearchParams({ returnTo }).toString()}`)).toBe(path);
  });

  test('is the first page where nothing says', () => {
    expect(readReturnTo(new URL('http://localhost/sign-in'))).toBe('/');
  });
});
