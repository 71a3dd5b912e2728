import { describe, expect, test } from '@jest/globals';
import { readConfig, type Environment } from '../../src/config.js';
import { judgeConfiguration, judgeSecrets } from '../../src/doctor/configuration.js';
import type { Finding } from '../../src/doctor/finding.js';

const SECRET = 'mJ3vQ8rT1xYwZ5kLpN7bC2dF4gH6jK9sA0eUiOqRtVx';

/** The codes of what is not well, with their level. */
const told = (findings: readonly Finding[]): string[] =>
  findings.flatMap((finding) => (finding.level === 'ok' ? [] : [`${finding.level} ${finding.code}`]));
const judged = (environment: Environment): string[] =>
  told(judgeConfiguration(readConfig({ LATCHKEY_SECRET: SECRET, ...environment })));

const WELL: Environment = {
  PUBLIC_URL: 'https://auth.example.com',
  ALLOWED_ORIGINS: 'https://app.example.com,capacitor://localhost',
  COOKIE_DOMAIN: 'example.com',
  TRUST_PROXY: '10.0.0.0/8',
  NODE_ENV: 'production',
  SMTP_URL: 'smtp://mail.example.com',
};

describe('the doctor', () => {
  test('finds nothing in a configuration for production, nor in none at all', () => {
    expect(judged(WELL)).toEqual([]);
    expect(told(judgeConfiguration(readConfig({})))).toEqual([]);
  });

  test.each<[string, Environment]>([
    ['warning PUBLIC_URL_MISSING', { PUBLIC_URL: '', HOST: '0.0.0.0', COOKIE_DOMAIN: '', ALLOWED_ORIGINS: '' }],
    [
      'warning PUBLIC_URL_MISSING',
      { PUBLIC_URL: '', STORE_URL: 'mongodb://db/x', COOKIE_DOMAIN: '', ALLOWED_ORIGINS: '' },
    ],
    ['error PUBLIC_URL_PLAIN', { PUBLIC_URL: 'http://auth.example.com', ALLOWED_ORIGINS: '' }],
    ['warning INTROSPECTION_ON', { INTROSPECTION: 'on' }],
    ['error SECRET_WEAK', { LATCHKEY_SECRET: 'please-change-this-before-anybody-reads-it-42' }],
    ['error SECRET_WEAK', { LATCHKEY_SECRET: 'aZ9bY8cX'.repeat(6) }],
    ['warning SECRET_GUESSABLE', { LATCHKEY_SECRET: 'the quick brown fox jumps over the lazy dog again' }],
    ['warning SECRET_TWICE', { LATCHKEY_SECRET: `${SECRET},${SECRET}` }],
    [
      'error COOKIE_DOMAIN_SUFFIX',
      { PUBLIC_URL: 'https://me.vercel.app', COOKIE_DOMAIN: 'vercel.app', ALLOWED_ORIGINS: '' },
    ],
    [
      'error COOKIE_DOMAIN_SUFFIX',
      { PUBLIC_URL: 'https://me.co.uk', COOKIE_DOMAIN: 'co.uk', ALLOWED_ORIGINS: 'https://a.me.co.uk' },
    ],
    ['warning COOKIE_FOREIGN_SITE', { ALLOWED_ORIGINS: 'https://app.example.org' }],
    ['warning ORIGIN_PLAIN', { ALLOWED_ORIGINS: 'http://app.example.com', COOKIE_SAME_SITE: 'none' }],
    ['warning TRUST_PROXY_MISSING', { TRUST_PROXY: 'false' }],
    ...[
      '10.0.0.1,0.0.0.0/1',
      '::ffff:0.0.0.0/96',
      '::ffff:128.0.0.0/97',
      '::ffff:0:0/103',
      '::/80',
      '2000::/3',
      '2000::/8',
      '2600::/12',
      'fc00::/6',
      '10.0.0.0/7',
      '2001:db8::1, ::/1',
    ].map((TRUST_PROXY): [string, Environment] => ['error TRUST_PROXY_WIDE', { TRUST_PROXY }]),
    ['warning MAIL_NOWHERE', { SMTP_URL: '' }],
    ['warning MAIL_LOGGED', { SMTP_URL: '', NODE_ENV: '', INTROSPECTION: 'off' }],
  ])('finds %s, and nothing else, in %j', (finding, change) => {
    expect(judged({ ...WELL, ...change })).toEqual([finding]);
  });

  test.each([
    ...['10.0.0.0/8', '127.0.0.1,::1', '::ffff:10.0.0.0/104', '::ffff:127.0.0.1', '::ffff:7f00:1/128'],
    ...['fc00::/7', 'fd12:3456::/48', 'fe80::/10', '2a06:98c0::/29', '2630::/16', '2001:db8::/32'],
  ])('takes %s for proxies of somebody', (TRUST_PROXY) => {
    expect(judged({ ...WELL, TRUST_PROXY })).toEqual([]);
  });

  test('asks for no SameSite=none where the other site has it, or is an application by itself', () => {
    expect(judged({ ...WELL, ALLOWED_ORIGINS: 'https://app.example.org', COOKIE_SAME_SITE: 'none' })).toEqual([]);
    expect(judged({ ...WELL, ALLOWED_ORIGINS: 'capacitor://localhost' })).toEqual([]);
  });

  test('takes what openssl makes for a secret, and shows none of those that it judges', () => {
    expect(told(judgeSecrets([SECRET, '150adcfea57303de42c2f485bc99b2f03d5f371ef057ff2ece6ad94d70556776']))).toEqual(
      [],
    );
    const weak = 'correct-horse-battery-staple-is-an-example-here';
    expect(JSON.stringify(judgeSecrets([weak]))).not.toContain(weak);
  });
});
