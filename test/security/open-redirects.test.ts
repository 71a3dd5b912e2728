import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readReturnUrl } from '../../src/http/return-url.js';
import { createTestAuthServer, type TestAuthServer } from '../support/auth-server.js';

const OWN = 'http://localhost:4000';
const FRONT_END = 'https://app.example.com';
const isAllowedOrigin = (origin: string): boolean => origin === OWN || origin === FRONT_END;

/** Each leads away, or would in some browser, or runs a script. */
const ATTACKS: readonly (readonly [name: string, returnTo: string])[] = [
  ['another host without its scheme', '//evil.example'],
  ['another host behind a backslash', '/\\evil.example'],
  ['another host behind two backslashes', '\\\\evil.example'],
  ['a slash behind a backslash', '\\/evil.example'],
  ['three slashes', '///evil.example'],
  ['a tab between two slashes, which browsers drop', '/\t/evil.example'],
  ['a line break between two slashes', '/\n/evil.example'],
  ['a carriage return and a header', '/\r\nSet-Cookie: a=b'],
  ['a space before two slashes', ' //evil.example'],
  ['a null character before two slashes', '\0//evil.example'],
  ['an invisible character between two slashes', '/\u200B/evil.example'],
  ['a path of dots that ends in two slashes', '/.//evil.example'],
  ['a path up and down that ends in two slashes', '/a/..//evil.example'],
  ['encoded dots that end in two slashes', '/%2e%2e//evil.example'],
  ['another site', 'https://evil.example/'],
  ['another site in capitals', 'HTTPS://EVIL.EXAMPLE/'],
  ['a scheme with one slash', 'https:/evil.example'],
  ['a scheme without slashes', 'https:evil.example'],
  ['a scheme with three slashes', 'https:///evil.example'],
  ['a scheme with backslashes', 'https:\\\\evil.example'],
  ['an allowed origin as the name of a user', 'https://app.example.com@evil.example/'],
  ['an allowed origin as user and password', 'https://app.example.com:443@evil.example/'],
  ['a user at an allowed origin', 'https://evil@app.example.com/'],
  ['an allowed origin as the beginning of a host', 'https://app.example.com.evil.example/'],
  ['a subdomain of an allowed origin', 'https://evil.app.example.com/'],
  ['another port of an allowed origin', 'https://app.example.com:8443/'],
  ['another scheme of an allowed origin', 'http://app.example.com/'],
  ['a backslash behind an allowed origin', 'https://app.example.com\\@evil.example/'],
  ['a script', 'javascript:alert(1)'],
  ['a script in mixed case', 'JavaScript:alert(1)'],
  ['a script with a tab in its scheme', 'java\tscript:alert(1)'],
  ['a script behind a control character', '\u0001javascript:alert(1)'],
  ['a script with a comment for an origin', 'javascript://app.example.com/%0Aalert(1)'],
  ['a document of its own', 'data:text/html,<script>alert(1)</script>'],
  ['a blob of an allowed origin', 'blob:https://app.example.com/0'],
  ['a file', 'file:///etc/passwd'],
  ['two slashes, encoded', '%2F%2Fevil.example'],
  ['two slashes, encoded twice', '%252F%252Fevil.example'],
  ['a host without anything', 'evil.example'],
  ['a path that is relative', 'account'],
  ['nothing', ''],
  ['a question mark', '?next=//evil.example'],
  ['what is no URL', 'http://['],
];

/** Each stays where it is, and how it is spelled then. */
const GOOD: readonly (readonly [returnTo: string, target: string])[] = [
  ['/', '/'],
  ['/account', '/account'],
  ['/account?tab=devices&next=//evil.example#end', '/account?tab=devices&next=//evil.example#end'],
  ['/a//b', '/a//b'],
  ['/%2F/evil.example', '/%2F/evil.example'],
  ['/%5Cevil.example', '/%5Cevil.example'],
  ['/@evil.example', '/@evil.example'],
  ['/:80', '/:80'],
  ['/grüße', '/gr%C3%BC%C3%9Fe'],
  ['/a/../account', '/account'],
  ['/"><script>alert(1)</script>', '/%22%3E%3Cscript%3Ealert(1)%3C/script%3E'],
  [`${FRONT_END}/account?a=1#b`, `${FRONT_END}/account?a=1#b`],
  [FRONT_END, `${FRONT_END}/`],
  ['HTTPS://APP.EXAMPLE.COM:443/account', `${FRONT_END}/account`],
  [`${OWN}//evil.example`, `${OWN}//evil.example`],
];

describe('where a page may return to', () => {
  test.each(ATTACKS)('not %s', (_name, returnTo) => {
    expect(readReturnUrl(returnTo, isAllowedOrigin)).toBeNull();
  });

  test.each([[undefined], [null], [7], [['/account', '/account']], [{ href: '/account' }]])(
    'not %j, which is no text',
    (returnTo) => {
      expect(readReturnUrl(returnTo, isAllowedOrigin)).toBeNull();
    },
  );

  test.each(GOOD)('%s', (returnTo, target) => {
    expect(readReturnUrl(returnTo, isAllowedOrigin)).toBe(target);
  });

  test.each(GOOD)('%s leads to where it says, from whatever page of ours', (_returnTo, target) => {
    const { origin } = new URL(target, `${OWN}/refresh?returnTo=x`);
    expect(isAllowedOrigin(origin)).toBe(true);
  });
});

describe('the refresh page', () => {
  let made: TestAuthServer;
  let origin: string;
  beforeAll(async () => {
    made = await createTestAuthServer({ env: { ALLOWED_ORIGINS: FRONT_END } });
    ({ origin } = new URL((await made.server.listen()).url));
  });
  afterAll(() => made.close());

  /** Where the page leads, by its one link. */
  async function targetOf(query: string): Promise<string> {
    const html = await (await fetch(`${origin}/refresh?${query}`)).text();
    const links = [...html.matchAll(/ href="([^"]*)"/g)];
    expect(links).toHaveLength(1);
    return links[0]![1]!.replace(/&#(\d+);/g, (_text, code: string) => String.fromCharCode(Number(code)));
  }

  test.each(ATTACKS)('leads to the first page, and not to %s', async (_name, returnTo) => {
    expect(await targetOf(`returnTo=${encodeURIComponent(returnTo)}`)).toBe('/');
  });

  test.each([
    ['given twice', 'returnTo=/account&returnTo=//evil.example'],
    ['as a list', 'returnTo[]=//evil.example'],
    ['by another name', 'returnto=//evil.example'],
    ['not given', ''],
  ])('leads to the first page where the address is %s', async (_name, query) => {
    expect(await targetOf(query)).toBe('/');
  });

  test('leads back to a path, and to a page of an allowed origin', async () => {
    expect(await targetOf(`returnTo=${encodeURIComponent('/account?a=1&b=2')}`)).toBe('/account?a=1&b=2');
    expect(await targetOf(`returnTo=${encodeURIComponent(`${FRONT_END}/account`)}`)).toBe(`${FRONT_END}/account`);
  });

  test('holds nothing of the address but in its link, where it is no HTML', async () => {
    const returnTo = encodeURIComponent(`/'"><script>alert(1)</script>`);
    const html = await (await fetch(`${origin}/refresh?returnTo=${returnTo}`)).text();
    expect(html).not.toContain('alert(1)</script>');
    expect(html.match(/<script/g)).toHaveLength(1);
  });
});
