import { expect, test } from '@jest/globals';
import { describeOnEachServer } from './support/fixture.js';
import { freshEmail, SIGN_UP, signIn, signUp } from './support/people.js';

const COMMON = 'iloveyou';

describeOnEachServer('A common password', (fixture) => {
  const ask = (query: string, variables: Record<string, unknown>, token: string | null = null) =>
    fixture().server.client().ask(query, { variables, token });

  test('is WEAK_PASSWORD wherever one is set, with the field at fault, and sets nothing', async () => {
    const { server } = fixture();
    const person = await signUp(server);
    const change = 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { revokedSessionIds } }';
    const reset = 'mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { reset } }';
    const email = freshEmail();
    const refusals = [
      ['password', await ask(SIGN_UP, { input: { email, password: COMMON } })],
      [
        'newPassword',
        await ask(change, { input: { currentPassword: person.password, newPassword: COMMON } }, person.token),
      ],
      ['newPassword', await ask(reset, { input: { token: 'lkm_of-no-account', newPassword: COMMON } })],
    ] as const;
    for (const [field, answer] of refusals) {
      expect(answer).toMatchObject({ status: 400, code: 'WEAK_PASSWORD' });
      expect(answer.body.errors?.[0]?.extensions).toEqual({ code: 'WEAK_PASSWORD', field });
    }
    expect((await signIn(server, person)).id).toBe(person.id);
    expect((await signUp(server, { email })).email).toBe(email);
  });
});
