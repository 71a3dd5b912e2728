import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { describeOnEachServer } from '../http/support/fixture.js';
import { REFRESH, signInBrowser, SIGN_OUT, signUp, VIEWER } from '../http/support/people.js';
import { rawPost, sendRaw } from '../http/support/raw-request.js';
import { readContent } from '../http/support/raw-store.js';

const RUNS = 60;

/** A text with one character in it replaced, some cut off, or something put in. */
const damaged = (text: string): fc.Arbitrary<string> =>
  fc
    .record({
      at: fc.nat(text.length - 2),
      kind: fc.constantFrom('replace', 'cut', 'insert'),
      by: fc.constantFrom('A', '_', '-', '.', ' ', '=', '9'),
    })
    .map(({ at, kind, by }) => {
      if (kind === 'cut') return text.slice(0, at);
      return text.slice(0, at) + by + text.slice(kind === 'replace' ? at + 1 : at);
    })
    .filter((result) => result.trim() !== text);

/** What could stand in a header: one byte a character, none of them control characters. */
const headerText = fc.string({
  unit: fc
    .integer({ min: 0x20, max: 0xff })
    .filter((byte) => byte !== 0x7f)
    .map((byte) => String.fromCharCode(byte)),
  maxLength: 300,
});

describeOnEachServer('Bad tokens, cookies and headers', (fixture) => {
  const ask = (query: string, variables: Record<string, unknown> = {}, token: string | null = null) =>
    fixture().server.client().ask(query, { token, variables });

  /** Runs this, and sees that nothing in the store is other than before. */
  async function changesNothing(act: () => Promise<void>): Promise<void> {
    const before = await readContent(fixture().backend.url);
    await act();
    expect(await readContent(fixture().backend.url)).toEqual(before);
  }

  const forEach = <Value>(arbitrary: fc.Arbitrary<Value>, act: (value: Value) => Promise<void>): Promise<void> =>
    fc.assert(fc.asyncProperty(arbitrary, act), { numRuns: RUNS });

  test('an access token that is damaged, or is anything else, is UNAUTHENTICATED, by header and by cookie', async () => {
    const person = await signUp(fixture().server);
    const other = await signUp(fixture().server);
    const [head = '', body = ''] = person.token.split('.');
    const mixed = [
      `${head}.${body}.${other.token.split('.')[2] ?? ''}`,
      person.token.replaceAll('.', '..'),
      `${person.token}.`,
    ];
    const browser = fixture().server.client({ kind: 'browser' });
    await changesNothing(() =>
      forEach(fc.oneof(damaged(person.token), headerText, fc.constantFrom(...mixed)), async (token) => {
        const byHeader = await ask(VIEWER, {}, token);
        expect({ token, status: byHeader.status, code: byHeader.code }).toEqual({
          token,
          status: 401,
          code: 'UNAUTHENTICATED',
        });
        browser.cookies.set('latchkey-access', encodeURIComponent(token));
        expect(await browser.ask(VIEWER)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
      }),
    );
  });

  test('a refresh token that is damaged, or is anything else, is SESSION_EXPIRED, and ends nobody\u2019s session', async () => {
    const person = await signUp(fixture().server);
    const other = await signUp(fixture().server);
    const spliced = person.refreshToken.slice(0, 30) + other.refreshToken.slice(30);
    const junk = fc.oneof(
      damaged(person.refreshToken),
      fc.string({ unit: 'binary' }),
      fc.constantFrom(spliced, '', 'x'.repeat(90_000), '\0', person.token),
    );
    const browser = fixture().server.client({ kind: 'browser' });
    await changesNothing(() =>
      forEach(junk, async (refreshToken) => {
        expect((await ask(REFRESH, { input: { refreshToken } })).code).toBe('SESSION_EXPIRED');
        expect((await ask(SIGN_OUT, { input: { refreshToken } })).body.data).toEqual({ signOut: { signedOut: false } });
        if (refreshToken.length > 1000) return;
        browser.cookies.set('latchkey-refresh', encodeURIComponent(refreshToken.toWellFormed()));
        expect((await browser.ask(REFRESH)).code).toBe('SESSION_EXPIRED');
      }),
    );
  });

  test('of two cookies of one name, neither speaks for somebody else by surprise, and none is a fault', async () => {
    const victim = await signUp(fixture().server);
    const browser = await signInBrowser(fixture().server, victim);
    const good = browser.cookies.get('latchkey-access') ?? '';
    const { origin } = fixture().server;
    const cookies = [
      `latchkey-access=${good}; latchkey-access=junk`,
      `latchkey-access=junk; latchkey-access=${good}`,
      '=; ; ;;; =x',
      'latchkey-access',
      'latchkey-access="',
      'latchkey-access=%zz',
      'latchkey-access=%E0%A4%A',
      '__proto__=x; latchkey-access=x',
    ];
    await changesNothing(async () => {
      for (const cookie of cookies) {
        const { status, body } = await sendRaw(
          origin,
          rawPost(JSON.stringify({ query: VIEWER }), [`Cookie: ${cookie}`, `Origin: ${origin}`]),
        );
        const expected = cookie.includes(`latchkey-access=${good};`) ? 200 : 401;
        expect({ cookie, status, body: JSON.parse(body) as unknown }).toMatchObject({ cookie, status: expected });
      }
    });
  });

  test('headers that make no sense are refused with a code, or ignored', async () => {
    const { token } = await signUp(fixture().server);
    const body = JSON.stringify({ query: VIEWER });
    const nonsense = [
      'X-Forwarded-For: <script>',
      'X-Forwarded-Proto: gopher',
      'X-Forwarded-Host: a b',
      'Origin: not a url',
      'Origin: ',
      'Sec-Fetch-Site: ',
      'User-Agent: ' + '\u00ff'.repeat(5000),
      'Accept: text/nothing',
      'Accept-Language: %%%',
      'Content-Encoding: gzip',
      'If-None-Match: *',
      'Upgrade: h2c',
    ];
    await changesNothing(async () => {
      for (const header of nonsense) {
        const raw = await sendRaw(fixture().server.origin, rawPost(body, [header, `Authorization: Bearer ${token}`]));
        expect({ header, isClear: raw.status >= 200 && raw.status < 500 }).toEqual({ header, isClear: true });
        if (raw.status !== 200)
          expect(JSON.parse(raw.body)).toMatchObject({ errors: [{ extensions: { code: expect.any(String) } }] });
      }
    });
  });
});
