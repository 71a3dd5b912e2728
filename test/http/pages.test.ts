import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { describeOnEachServer } from './support/fixture.js';

const hashOf = (source: string): string => `'sha256-${createHash('sha256').update(source).digest('base64')}'`;

const PATHS = ['/reset-password', '/verify-email', '/refresh?returnTo=/account'];

describeOnEachServer('the pages of ours', (fixture) => {
  test.each(PATHS)('%s runs its own script and no other', async (path) => {
    const response = await fixture().server.client().fetch(path);
    const html = await response.text();
    const [, script = ''] = /<script type="module">([^]*)<\/script>/.exec(html) ?? [];
    const [, style = ''] = /<style>([^]*)<\/style>/.exec(html) ?? [];
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = response.headers.get('content-security-policy')?.split('; ') ?? [];
    expect(policy).toEqual([
      "default-src 'none'",
      `script-src ${hashOf(script)}`,
      `style-src ${hashOf(style)}`,
      "connect-src 'self'",
      "form-action 'none'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ]);
    expect(html).not.toMatch(/ on[a-z]+=|style="/);
  });

  test.each(PATHS)('%s is kept by nobody, and tells nobody where it was', async (path) => {
    const { headers } = await fixture().server.client().fetch(path);
    expect([headers.get('cache-control'), headers.get('referrer-policy')]).toEqual(['no-store', 'no-referrer']);
  });
});
