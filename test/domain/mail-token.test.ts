import { expect, test } from '@jest/globals';
import { createEmailService } from '../../src/domain/email-service.js';
import { createPasswordService } from '../../src/domain/password-service.js';
import type { ComposeMail } from '../../src/domain/mail.js';
import type { Stores } from '../../src/domain/stores.js';
import { freshEmail } from '../http/support/people.js';
import { addUser, getUser, newUser } from '../stores/builders.js';
import { createNode, POLICY } from '../support/services.js';
import { describeOnEachStore } from '../support/stores.js';

const LINKS = {
  resetPassword: (token: string): string => `reset ${token}`,
  verifyEmail: (token: string): string => `verify ${token}`,
};
const CLIENT = { ipAddress: null, userAgent: null, deviceName: null };

/** The stores, and which methods of users were called. */
function watched(stores: Stores): { readonly stores: Stores; readonly calls: string[] } {
  const calls: string[] = [];
  const methods = Object.entries(stores.users).map(([name, method]) => [
    name,
    (...given: never[]) => {
      calls.push(name);
      return (method as (...given: never[]) => unknown)(...given);
    },
  ]);
  return { stores: { ...stores, users: Object.fromEntries(methods) as Stores['users'] }, calls };
}

describeOnEachStore('The mail for a token', (createFresh) => {
  async function open() {
    const { stores, calls } = watched(await createFresh().open());
    const node = await createNode(stores);
    const composed: ComposeMail[] = [];
    const mailing = {
      stores,
      attempts: node.attempts,
      postMail: (compose: ComposeMail) => void composed.push(compose),
    };
    const emails = createEmailService({ ...mailing, links: LINKS });
    const passwords = createPasswordService({
      ...{ ...node, ...mailing, links: LINKS, policy: POLICY, emit: () => undefined },
      ...{ passwords: null as never, permissionsOf: node.rolePermissions.of },
    });
    const asked = async (act: () => unknown): Promise<string[]> => {
      calls.length = 0;
      await act();
      for (const compose of composed.splice(0)) await compose();
      return [...calls];
    };
    return { stores, emails, passwords, composed, asked };
  }

  test('is the same however often it is composed, and draws one token', async () => {
    const { stores, passwords, composed } = await open();
    const user = await addUser(stores, { email: freshEmail() });
    await passwords.requestReset({ email: user.email, client: CLIENT });
    const mails = [await composed[0]?.(), await composed[0]?.()];
    expect(mails[0]?.text).toMatch(/reset lkm_/);
    expect(mails[1]).toEqual(mails[0]);
    expect((await getUser(stores, user.id)).mailTokens).toHaveLength(1);
  });

  test('asks the store alike whether or not there is such an account, or has tokens enough', async () => {
    const { stores, emails, passwords, asked } = await open();
    const user = await addUser(stores, { email: freshEmail() });
    const kept = await stores.users.create(newUser({ email: freshEmail(), passwordHash: '*' }));
    const request = (email: string) => asked(() => passwords.requestReset({ email, client: CLIENT }));
    const expected = ['findByEmailKey', 'addMailToken'];
    for (const email of [freshEmail(), kept?.email ?? '', ...Array<string>(7).fill(user.email)]) {
      expect(await request(email)).toEqual(expected);
    }
    expect((await getUser(stores, user.id)).mailTokens).toHaveLength(5);
    expect(await asked(() => emails.reportTaken(user.emailKey))).toEqual(expected);
    expect(await asked(() => emails.postFirstVerification(user.emailKey))).toEqual(expected);
  });
});
