import { expect, test } from '@jest/globals';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify, type JWK } from 'jose';
import { describeOnEachServer } from './support/fixture.js';
import { refreshed, signUp, VIEWER, type Person } from './support/people.js';

const SIGNING_KEYS = '{ signingKeys { id algorithm state createdAt signsFrom signsUntil verifiesUntil } }';
const ROTATE =
  'mutation ($revoke: Boolean) { rotateSigningKey(revokeCurrent: $revoke) { key { id state signsFrom } } }';
const ROTATE_PLAINLY = 'mutation { rotateSigningKey { key { id state } } }';
const HOUR_MS = 3_600_000;

interface ShownKey {
  readonly id: string;
  readonly state: string;
  readonly createdAt: string;
  readonly signsFrom: string | null;
  readonly signsUntil: string | null;
  readonly verifiesUntil: string | null;
}

describeOnEachServer('Signing keys over HTTP', (fixture) => {
  const ask = async (query: string, { token }: Pick<Person, 'token'>, variables = {}) =>
    fixture().server.client().ask(query, { token, variables });
  const kidOf = ({ token }: Person): string | undefined => decodeProtectedHeader(token).kid;

  async function list(): Promise<ShownKey[]> {
    const answer = await ask(SIGNING_KEYS, await fixture().admin());
    expect(answer.body.errors).toBeUndefined();
    return answer.body.data?.['signingKeys'] as ShownKey[];
  }

  async function published(): Promise<{ kids: unknown[]; maxAge: number; text: string }> {
    const response = await fixture().server.client().fetch('/.well-known/jwks.json');
    const text = await response.text();
    const maxAge = Number(/^public, max-age=(\d+)$/.exec(response.headers.get('cache-control') ?? '')?.[1]);
    return { kids: (JSON.parse(text) as { keys: JWK[] }).keys.map(({ kid }) => kid), maxAge, text };
  }

  test('are shown to administrators: one signs, the next is published', async () => {
    const keys = await list();
    const person = await signUp(fixture().server);
    const [active, next] = keys.slice(-2);
    expect([active?.state, next?.state]).toEqual(['ACTIVE', 'NEXT']);
    expect(kidOf(person)).toBe(active?.id);
    expect(active?.signsUntil).toBe(next?.signsFrom);
    expect(new Date(active?.verifiesUntil ?? 0).getTime()).toBe(new Date(next?.signsFrom ?? 0).getTime() + 660_000);
    expect([next?.signsUntil, next?.verifiesUntil]).toEqual([null, null]);
    const { kids, maxAge, text } = await published();
    expect([kids, maxAge]).toEqual([[active?.id, next?.id], 300]);
    expect(text).not.toMatch(/"(d|p|q|k|oth)"/);
  });

  test('are refused to everybody else, and nothing is changed then', async () => {
    const { server, withRole } = fixture();
    const before = await list();
    const moderator = await withRole('MODERATOR');
    for (const query of [SIGNING_KEYS, ROTATE_PLAINLY]) {
      expect((await server.client().ask(query)).code).toBe('UNAUTHENTICATED');
      expect((await ask(query, await signUp(server))).code).toBe('FORBIDDEN');
      expect((await ask(query, moderator)).code).toBe('FORBIDDEN');
    }
    expect(await list()).toEqual(before);
  });

  test('are rotated only by who has proved the password within the hour', async () => {
    const { server, clock, admin } = fixture();
    const before = (await list()).map(({ id, state }) => [id, state]);
    let old = await admin();
    clock.advance(HOUR_MS + 1_000);
    old = await refreshed(server, old);
    expect((await ask(SIGNING_KEYS, old)).body.errors).toBeUndefined();
    for (const revoke of [true, false]) {
      expect(await ask(ROTATE, old, { revoke })).toMatchObject({ status: 403, code: 'REAUTHENTICATION_REQUIRED' });
    }
    expect((await list()).map(({ id, state }) => [id, state])).toEqual(before);
  });

  test.each([{}, { revoke: null }, { revoke: false }])(
    'rotate, with %j, to the key that was published; what the old one signed goes on to verify, for others too',
    async (variables) => {
      const { server, admin, clock } = fixture();
      const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', server.origin));
      const person = await signUp(server);
      const before = await list();
      const next = before.find(({ state }) => state === 'NEXT')!;
      const jwks = (await published()).kids;

      const answer = await ask('revoke' in variables ? ROTATE : ROTATE_PLAINLY, await admin(), variables);
      expect(answer.text('rotateSigningKey.key.id')).toBe(next.id);
      expect(answer.text('rotateSigningKey.key.state')).toBe('ACTIVE');
      const after = await published();
      expect(after.kids.slice(0, -1)).toEqual(jwks);
      expect(after.kids).toHaveLength(jwks.length + 1);

      const fresh = await refreshed(server, person);
      expect([kidOf(person) === kidOf(fresh), kidOf(fresh)]).toEqual([false, next.id]);
      for (const { token } of [person, fresh]) {
        expect((await server.client().ask(VIEWER, { token })).text('viewer.id')).toBe(person.id);
        const { payload } = await jwtVerify(token, keys, { currentDate: clock.now() });
        expect(payload.sub).toBe(person.id);
      }
      expect(server.log()).toContain('key.rotated');
    },
  );

  test('that are revoked are refused at once and published no more; clients refresh, nobody is signed out', async () => {
    const { server, admin } = fixture();
    const [person, caller] = [await signUp(server), await admin()];
    const old = (await published()).kids;
    const answer = await ask(ROTATE, caller, { revoke: true });
    const signing = answer.text('rotateSigningKey.key.id');
    for (const { token } of [person, caller]) {
      expect(await server.client().ask(VIEWER, { token })).toMatchObject({ status: 401, code: 'TOKEN_EXPIRED' });
    }
    const again = await refreshed(server, person);
    expect((await server.client().ask(VIEWER, { token: again.token })).text('viewer.id')).toBe(person.id);
    expect(kidOf(again)).toBe(signing);

    const { kids } = await published();
    expect([kids[0], kids.length]).toEqual([signing, 2]);
    expect(kids.filter((kid) => old.includes(kid))).toEqual([]);
    const keys = await list();
    expect(keys.filter(({ id }) => old.includes(id)).map(({ state }) => state)).toEqual(old.map(() => 'REVOKED'));
    expect(keys.slice(-2).map(({ state }) => state)).toEqual(['ACTIVE', 'NEXT']);
  });
});

describeOnEachServer(
  'Signing keys that live for an hour',
  (fixture) => {
    test('are published for no longer than until the next one signs, which then does', async () => {
      const { server, clock } = fixture();
      const person = await signUp(server);
      clock.advance(HOUR_MS - 90_500);
      const fresh = await refreshed(server, person);
      const response = await server.client().fetch('/.well-known/jwks.json');
      const maxAge = Number(/max-age=(\d+)$/.exec(response.headers.get('cache-control') ?? '')?.[1]);
      expect(maxAge).toBeLessThanOrEqual(90);
      expect(maxAge).toBeGreaterThan(80);
      clock.advance(90_500);
      const later = await refreshed(server, fresh);
      expect(decodeProtectedHeader(later.token).kid).not.toBe(decodeProtectedHeader(fresh.token).kid);
      for (const { token } of [fresh, later]) {
        expect((await server.client().ask(VIEWER, { token })).text('viewer.id')).toBe(person.id);
      }
    });
  },
  { SIGNING_KEY_TTL_SECONDS: '3600' },
);
