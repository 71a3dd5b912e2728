import { availableParallelism } from 'node:os';
import { describe, expect, test } from '@jest/globals';
import { hashConcurrency } from '../src/app-configuration.js';
import { ConfigurationError, readConfig, type Config, type Environment } from '../src/config.js';

const SECRET = 'mJ3vQ8rT1xYwZ5kLpN7bC2dF4gH6jK9sA0eUiOqRtVx';

function faultsOf(environment: Environment): readonly string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
}

describe('Configuration', () => {
  test('has these defaults', () => {
    expect(readConfig({})).toEqual({
      auditTtlSeconds: 31_536_000,
      emailVerification: 'off',
      mail: { smtpUrl: null, from: null, resetPasswordUrl: null, verifyEmailUrl: null, isLogged: true },
      ...{ port: 4000, host: 'localhost', storeUrl: 'file:./data/latchkey.db', publicUrl: null, audience: null },
      ...{ allowedOrigins: [], secrets: [], accessTokenTtlSeconds: 600, sessionIdleTtlSeconds: 2_592_000 },
      ...{ sessionTtlSeconds: 15_552_000, refreshGraceSeconds: 10, signingAlgorithm: 'EdDSA', signUp: 'open' },
      ...{ signingKeyTtlSeconds: 2_592_000 },
      ...{ maxSessionsPerUser: 100, roles: [], administrator: null, cookieSameSite: 'lax', cookieDomain: null },
      ...{
        trustProxy: false,
        introspection: true,
        trustedDocuments: null,
        logLevel: 'info',
        metrics: false,
        threadPoolSize: 4,
      },
      ...{ shutdownDelaySeconds: 0, keepAliveSeconds: 125 },
    });
  });

  test('is frozen', () => {
    const config = readConfig({});
    expect(Object.isFrozen(config)).toBe(true);
    expect(() => Object.assign(config, { port: 1 })).toThrow(TypeError);
  });

  test('takes an empty variable for one that is not set, and ignores those that are not its own', () => {
    expect(readConfig({ PORT: '', PUBLIC_URL: '  ', ROLES: '', HOME: '/x', EMAIL: 'y' })).toEqual(readConfig({}));
  });

  const RIGHT: [Environment, Partial<Config>][] = [
    [{ PORT: '0' }, { port: 0 }],
    [
      { SHUTDOWN_DELAY_SECONDS: '15', KEEP_ALIVE_SECONDS: '620' },
      { shutdownDelaySeconds: 15, keepAliveSeconds: 620 },
    ],
    [
      { PORT: '65535', HOST: '0.0.0.0' },
      { port: 65_535, host: '0.0.0.0' },
    ],
    [{ STORE_URL: 'file:/tmp/x.db' }, { storeUrl: 'file:/tmp/x.db' }],
    [
      { STORE_URL: 'mongodb://a,b/x?replicaSet=rs0', LATCHKEY_SECRET: SECRET },
      { storeUrl: 'mongodb://a,b/x?replicaSet=rs0' },
    ],
    [{ STORE_URL: 'mongodb+srv://a.example', LATCHKEY_SECRET: SECRET }, { storeUrl: 'mongodb+srv://a.example' }],
    [{ PUBLIC_URL: 'https://auth.example.com' }, { publicUrl: new URL('https://auth.example.com') }],
    [{ PUBLIC_URL: 'http://localhost:8080/' }, { publicUrl: new URL('http://localhost:8080') }],
    [{ AUDIENCE: 'my-api' }, { audience: 'my-api' }],
    [
      { ALLOWED_ORIGINS: 'https://a.example, http://localhost:3000 ,capacitor://localhost' },
      { allowedOrigins: ['https://a.example', 'http://localhost:3000', 'capacitor://localhost'] },
    ],
    [
      { LATCHKEY_SECRET: `${SECRET}, ${'0123456789abcdef'.repeat(4)}` },
      { secrets: [SECRET, '0123456789abcdef'.repeat(4)] },
    ],
    [
      { ACCESS_TOKEN_TTL_SECONDS: '1', REFRESH_GRACE_SECONDS: '0' },
      { accessTokenTtlSeconds: 1, refreshGraceSeconds: 0 },
    ],
    [
      { SESSION_IDLE_TTL_SECONDS: '3600', SESSION_TTL_SECONDS: '7200' },
      { sessionIdleTtlSeconds: 3600, sessionTtlSeconds: 7200 },
    ],
    [{ SIGNING_ALGORITHM: 'ES256' }, { signingAlgorithm: 'ES256' }],
    [{ SIGNING_KEY_TTL_SECONDS: '1' }, { signingKeyTtlSeconds: 1 }],
    [{ SIGN_UP: 'closed' }, { signUp: 'closed' }],
    [{ EMAIL_VERIFICATION: 'required' }, { emailVerification: 'required' }],
    [
      { SMTP_URL: 'smtps://u:p@mail.example.com:465', MAIL_FROM: 'A B <a@b.c>', VERIFY_EMAIL_URL: 'https://a.b/c?d' },
      {
        mail: {
          ...{ smtpUrl: 'smtps://u:p@mail.example.com:465', from: 'A B <a@b.c>', isLogged: true },
          ...{ verifyEmailUrl: 'https://a.b/c?d', resetPasswordUrl: null },
        },
      },
    ],
    [{ MAX_SESSIONS_PER_USER: '1' }, { maxSessionsPerUser: 1 }],
    [{ ROLES: 'EDITOR,_x1' }, { roles: ['EDITOR', '_x1'] }],
    [{ ADMIN_EMAIL: 'a@b.c', ADMIN_PASSWORD: ' p ' }, { administrator: { email: 'a@b.c', password: ' p ' } }],
    [{ COOKIE_SAME_SITE: 'none', PUBLIC_URL: 'https://a.example' }, { cookieSameSite: 'none' }],
    [{ COOKIE_DOMAIN: 'example.com', PUBLIC_URL: 'https://auth.example.com' }, { cookieDomain: 'example.com' }],
    [{ TRUST_PROXY: 'false' }, { trustProxy: false }],
    [{ TRUST_PROXY: '0' }, { trustProxy: false }],
    [{ TRUST_PROXY: '2' }, { trustProxy: 2 }],
    [{ TRUST_PROXY: '10.0.0.0/8, ::1' }, { trustProxy: ['10.0.0.0/8', '::1'] }],
    [{ TRUST_PROXY: '0.0.0.0/1, ::/1' }, { trustProxy: ['0.0.0.0/1', '::/1'] }],
    [{ NODE_ENV: 'production' }, { introspection: false }],
    [{ NODE_ENV: 'production', INTROSPECTION: 'on' }, { introspection: true }],
    [{ INTROSPECTION: 'off' }, { introspection: false }],
    [{ TRUSTED_DOCUMENTS: './documents.json' }, { trustedDocuments: './documents.json' }],
    [{ LOG_LEVEL: 'silent' }, { logLevel: 'silent' }],
    [{ UV_THREADPOOL_SIZE: '16' }, { threadPoolSize: 16 }],
  ];

  test.each(RIGHT)('takes %j', (environment, expected) => {
    expect(readConfig(environment)).toMatchObject(expected);
  });

  const NUMBERS = ['-1', '1.5', '1e3', '0x10', 'abc', '99999999999', ' 1', '1 ', '\u0661', 'NaN', 'Infinity'];
  const WRONG: Record<string, readonly string[]> = {
    PORT: [...NUMBERS, '65536'],
    STORE_URL: ['sqlite:x', 'file:', 'x.db', 'mongodb://', 'postgres://x', 'file:x?mode=ro', 'file:./data/'],
    PUBLIC_URL: [
      'example.com',
      'https://a.example/path',
      'ftp://a.example',
      'https://u:p@a.example',
      'https://a.example/?x',
      'https://',
    ],
    ALLOWED_ORIGINS: [
      '*',
      'https://*.example.com',
      'https://a.example/',
      'a.example',
      'https://a.example/x',
      'null',
      'https://a.example, *',
      'https://App.example.com',
      'https://app.example.com:443',
      'http://localhost:80',
      'https://bücher.example',
    ],
    LATCHKEY_SECRET: ['short', 'x'.repeat(64), 'changeme', `${SECRET},short`, 'ab'.repeat(31)],
    ACCESS_TOKEN_TTL_SECONDS: [...NUMBERS, '0'],
    SESSION_IDLE_TTL_SECONDS: [...NUMBERS, '0'],
    SESSION_TTL_SECONDS: [...NUMBERS, '0'],
    REFRESH_GRACE_SECONDS: NUMBERS,
    SIGNING_ALGORITHM: ['HS256', 'none', 'eddsa'],
    SIGNING_KEY_TTL_SECONDS: [...NUMBERS, '0'],
    SIGN_UP: ['yes', 'OPEN'],
    EMAIL_VERIFICATION: ['on', 'REQUIRED'],
    SMTP_URL: ['mail.example.com', 'http://mail.example.com', 'smtp:'],
    MAIL_FROM: ['nobody', 'a@b c@d', 'A <a@b>\r\nBcc: x@y.z', 'A <a b@c>'],
    RESET_PASSWORD_URL: ['/reset', 'javascript:alert(1)', 'https://a.example/#x'],
    VERIFY_EMAIL_URL: ['verify', 'ftp://a.example/'],
    MAX_SESSIONS_PER_USER: [...NUMBERS, '0', '10001'],
    ROLES: ['ADMIN', 'EDITOR,EDITOR', '1st', 'a-b', '__x', 'true', 'null', 'a b'],
    COOKIE_SAME_SITE: ['Lax', 'off'],
    COOKIE_DOMAIN: ['localhost', 'https://example.com', '.example.com', 'example..com', 'example.com/x'],
    TRUST_PROXY: [
      'true',
      'yes',
      '-1',
      '10.0.0.0/33',
      '0.0.0.0/0',
      '::/0',
      '10.0.0.0/8, ::/00',
      '10.0.0',
      '::1/129',
      '10.0.0.1,',
      'proxy.example',
    ],
    INTROSPECTION: ['true', 'ON'],
    LOG_LEVEL: ['verbose', 'INFO'],
    UV_THREADPOOL_SIZE: [...NUMBERS, '0', '1025'],
  };

  test.each(Object.entries(WRONG))('refuses what is not right for %s, by name', (name, values) => {
    for (const value of values) {
      const faults = faultsOf({ [name]: value });
      expect({ value, count: faults.length, fault: faults[0] }).toEqual({
        ...{ value, count: 1, fault: expect.stringMatching(new RegExp(`^${name}: must (be|name) `)) },
      });
    }
  });

  test.each<[string, Environment]>([
    ['LATCHKEY_SECRET', { STORE_URL: 'mongodb://localhost/x' }],
    ['SMTP_URL', { EMAIL_VERIFICATION: 'required', NODE_ENV: 'production' }],
    ['ADMIN_EMAIL, ADMIN_PASSWORD', { ADMIN_EMAIL: 'a@b.c' }],
    ['ADMIN_EMAIL, ADMIN_PASSWORD', { ADMIN_PASSWORD: 'a password' }],
    ['COOKIE_SAME_SITE', { COOKIE_SAME_SITE: 'none' }],
    ['COOKIE_SAME_SITE', { COOKIE_SAME_SITE: 'none', PUBLIC_URL: 'http://a.example' }],
    ['COOKIE_DOMAIN', { COOKIE_DOMAIN: 'example.org', PUBLIC_URL: 'https://auth.example.com' }],
    ['COOKIE_DOMAIN', { COOKIE_DOMAIN: 'ample.com', PUBLIC_URL: 'https://example.com' }],
    ['COOKIE_DOMAIN', { COOKIE_DOMAIN: 'example.com' }],
    ['ACCESS_TOKEN_TTL_SECONDS', { ACCESS_TOKEN_TTL_SECONDS: '100', SESSION_IDLE_TTL_SECONDS: '99' }],
  ])('refuses what does not go together: %s of %j', (name, environment) => {
    const faults = faultsOf(environment);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^${name}: `));
  });

  test('reports every fault at once, as a TypeError, and repeats no value that could be a secret', () => {
    const environment = {
      ...{
        PORT: 'x',
        STORE_URL: 'mongo',
        LATCHKEY_SECRET: 'tiny-secret',
        COOKIE_SAME_SITE: 'none',
        ADMIN_PASSWORD: 'pass-of-admin',
      },
      ...{ ROLES: 'ADMIN', SIGN_UP: 'maybe' },
    };
    expect(() => readConfig(environment)).toThrow(TypeError);
    const faults = faultsOf(environment);
    const names = faults.map((fault) => fault.slice(0, fault.indexOf(':')));
    expect(names).toEqual(
      expect.arrayContaining([
        'PORT',
        'STORE_URL',
        'LATCHKEY_SECRET',
        'SIGN_UP',
        'ROLES',
        'COOKIE_SAME_SITE',
        'ADMIN_EMAIL, ADMIN_PASSWORD',
      ]),
    );
    expect(faults.join('\n')).not.toMatch(/tiny-secret|pass-of-admin/);
  });

  test('has as many passwords hashed at once as there are cores, with a thread of several left to the rest', () => {
    const atOnce = (UV_THREADPOOL_SIZE: string) => hashConcurrency(readConfig({ UV_THREADPOOL_SIZE }));
    expect(['1', '2', '1024'].map(atOnce)).toEqual([1, 1, availableParallelism()]);
    expect(atOnce('3')).toBe(Math.min(2, availableParallelism()));
  });
});
