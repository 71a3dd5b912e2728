import { expect } from '@jest/globals';
import type { Asked, Person } from '../../http/support/people.js';
import type { Answer } from '../../support/client.js';

export const SIGN_IN_ON_DEVICE = `mutation ($input: SignInInput!) {
  signIn(input: $input) { deviceToken accessToken user { id } session { transport } }
}`;

export interface Try {
  readonly email: string;
  /** Left out: a wrong one. */
  readonly password?: string;
  /** Where it comes from, as a proxy tells it. */
  readonly from?: string;
  readonly deviceToken?: string;
}

/** Tries to sign in as a program would, behind a proxy that appends where it comes from. */
export function trySignIn(
  server: Asked,
  { email, password = 'not the password', from, deviceToken }: Try,
): Promise<Answer> {
  const headers = from === undefined ? {} : { 'x-forwarded-for': from };
  return server.client().ask(SIGN_IN_ON_DEVICE, { variables: { input: { email, password, deviceToken } }, headers });
}

/** Fails so often, each time for the password. */
export async function failToSignIn(server: Asked, times: number, attempt: Try): Promise<void> {
  for (let failed = 0; failed < times; failed += 1) {
    expect((await trySignIn(server, attempt)).code).toBe('INVALID_CREDENTIALS');
  }
}

/** The owner, by the right password. */
export const ownTry = ({ email, password }: Pick<Person, 'email' | 'password'>, from?: string): Try => ({
  ...{ email, password, ...(from !== undefined && { from }) },
});

/** It was not even looked at, and says when to come back. */
export function expectRateLimited(answer: Answer, seconds: number): void {
  expect([answer.status, answer.code]).toEqual([429, 'RATE_LIMITED']);
  expect(answer.body.errors?.[0]?.extensions['retryAfterSeconds']).toBe(seconds);
  expect(answer.headers.get('retry-after')).toBe(String(seconds));
  expect(answer.body).not.toHaveProperty('data');
}

/** How many answers there are of each code; those without one signed in. */
export function countCodes(answers: readonly Answer[]): Record<string, number> {
  const codes = answers.map(({ code }) => code ?? 'signed in');
  return Object.fromEntries(
    [...new Set(codes)].sort().map((code) => [code, codes.filter((each) => each === code).length]),
  );
}

let addresses = 0;

/** An address that nobody has come from yet, of TEST-NET's kind. */
export function freshAddress(): string {
  addresses += 1;
  return `198.18.${Math.floor(addresses / 256)}.${addresses % 256}`;
}
