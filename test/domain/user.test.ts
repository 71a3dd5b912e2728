import { describe, expect, test } from '@jest/globals';
import { emailKey, parseEmail } from '../../src/domain/email.js';
import { createUserId, type UserId } from '../../src/domain/ids.js';
import type { Principal } from '../../src/domain/principal.js';
import { knownRoles, raisedVer, type User } from '../../src/domain/user.js';
import { ManualClock } from '../support/clock.js';
import { createNode, type Node, type NodeOptions } from '../support/services.js';
import { describeOnEachStore, type Backend } from '../support/stores.js';
import { given } from '../stores/builders.js';

const PASSWORD = 'correct horse battery';

const principalOf = (user: User): Principal => ({
  userId: user.id,
  sessionId: 'none' as Principal['sessionId'],
  roles: user.roles,
  permissions: [],
  authenticatedAt: new Date(),
  claims: {},
});

const banOf = (user: User, until: Date | null = null) => ({ userId: user.id, reason: null, publicReason: null, until });

async function open(backend: Backend, options?: NodeOptions, clock = new ManualClock()): Promise<Node> {
  return createNode(await backend.open({ clock }), options);
}

let count = 0;

/** Makes a user with these roles, without hashing anything. */
async function addUser({ stores }: Node, roles: readonly string[] = []): Promise<User> {
  count += 1;
  const email = `user-${count}@example.com`;
  const user = await stores.users.create({
    id: createUserId(),
    email,
    emailKey: email,
    emailVerified: false,
    passwordHash: '-',
    roles,
  });
  if (user === null) throw new Error('the address is taken');
  return user;
}

describe('an e-mail address', () => {
  test.each([
    ['Anna@Example.COM', 'anna@example.com'],
    ['ÄRGER@example.com', 'ärger@example.com'],
    ['e\u0301@example.com', '\u00e9@example.com'],
    ['E\u0301@example.com', '\u00e9@example.com'],
  ])('%s is compared as %s', (email, key) => {
    expect(emailKey(parseEmail(email, 'email'))).toBe(key);
  });

  test.each([
    '',
    'anna',
    '@example.com',
    'anna@',
    'a b@example.com',
    'a@b@c',
    'a\u200b@example.com',
    `${'a'.repeat(250)}@b.c`,
  ])('%j is none', (email) => {
    expect(() => parseEmail(email, 'email')).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
  });
});

describe('what a user may do', () => {
  test('rises past the clock and past itself', () => {
    expect(raisedVer(5, new Date(1_000))).toBe(1_000);
    expect(raisedVer(5_000, new Date(1_000))).toBe(5_001);
  });

  test('leaves out roles that this server does not know', () => {
    expect(knownRoles({ roles: ['FORGOTTEN', 'EDITOR'] }, ['ADMIN', 'EDITOR'])).toEqual(['EDITOR']);
  });
});

describeOnEachStore('administrators and moderators', (createFresh) => {
  test('do not ban themselves', async () => {
    const node = await open(createFresh());
    const [admin] = [await addUser(node, ['ADMIN']), await addUser(node, ['ADMIN'])];
    await expect(node.users.ban(principalOf(admin), banOf(admin))).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  test('who are moderators touch no administrator', async () => {
    const node = await open(createFresh());
    const moderator = principalOf(await addUser(node, ['MODERATOR']));
    const [admin] = [await addUser(node, ['ADMIN']), await addUser(node, ['ADMIN'])];
    const acts = [
      node.users.ban(moderator, banOf(admin)),
      node.users.unban(moderator, admin.id),
      node.users.revokeSessions(moderator, admin.id),
    ];
    await Promise.all(acts.map((act) => expect(act).rejects.toMatchObject({ code: 'FORBIDDEN' })));
    const [after] = await node.users.listById([admin.id]);
    expect(after).toEqual(admin);
  });

  test('leave an administrator, whatever they do to each other at once', async () => {
    const node = await open(createFresh());
    const [one, other] = [await addUser(node, ['ADMIN']), await addUser(node, ['ADMIN'])];
    const outcomes = await Promise.allSettled([
      node.users.ban(principalOf(one), banOf(other)),
      node.users.withdrawRole(principalOf(other), one.id, 'ADMIN'),
    ]);
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1);
    expect(await node.stores.users.hasAdministrator()).toBe(true);
  });

  test('do not demote the last of them', async () => {
    const node = await open(createFresh());
    const admin = await addUser(node, ['ADMIN']);
    const demotion = node.users.withdrawRole(principalOf(admin), admin.id, 'ADMIN');
    await expect(demotion).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  test('find nobody who is not there', async () => {
    const node = await open(createFresh());
    const admin = principalOf(await addUser(node, ['ADMIN']));
    const nobody = 'nobody' as UserId;
    const ban = { userId: nobody, reason: null, publicReason: null, until: null };
    const acts = [
      node.users.ban(admin, ban),
      node.users.unban(admin, nobody),
      node.users.grantRole(admin, nobody, 'EDITOR'),
      node.users.withdrawRole(admin, nobody, 'EDITOR'),
      node.users.revokeSessions(admin, nobody),
    ];
    await Promise.all(acts.map((act) => expect(act).rejects.toMatchObject({ code: 'NOT_FOUND' })));
  });

  test('ban until a moment in the future, for reasons of bounded length', async () => {
    const clock = new ManualClock();
    const node = await open(createFresh(), {}, clock);
    const admin = principalOf(await addUser(node, ['ADMIN']));
    const user = await addUser(node);
    const past = node.users.ban(admin, banOf(user, clock.now()));
    await expect(past).rejects.toMatchObject({ extensions: { field: 'until' } });
    const long = node.users.ban(admin, { ...banOf(user), publicReason: 'x'.repeat(2_001) });
    await expect(long).rejects.toMatchObject({ extensions: { field: 'publicReason' } });
    expect((await node.users.listById([user.id]))[0]).toEqual(user);
  });
});

describeOnEachStore('the first administrator', (createFresh) => {
  const signUp = (node: Node, setupCode: string | null, email = 'admin@example.com') =>
    node.users.signUp({ email, password: PASSWORD, setupCode, ipAddress: null });
  const refused = { code: 'BAD_USER_INPUT', extensions: { field: 'setupCode' } };

  test('signs up with the code, however it is typed', async () => {
    const node = await open(createFresh());
    const code = (await node.setUpCodes.issue()) ?? '';
    expect(given(await signUp(node, ` ${code.toUpperCase().replaceAll('-', ' ')}`)).roles).toEqual(['ADMIN']);
    expect(await node.setUpCodes.issue()).toBeNull();
  });

  test('is one, of all who try at once with the codes of two servers', async () => {
    const backend = createFresh();
    const nodes = [await open(backend), await open(backend)];
    const codes = await Promise.all(nodes.map((node) => node.setUpCodes.issue()));
    const tries = nodes.flatMap((node, index) =>
      codes.map((code, which) => signUp(node, code, `admin-${index}-${which}@example.com`)),
    );
    const outcomes = await Promise.allSettled(tries);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(refused);
    expect(await nodes[0]?.users.count({})).toBe(1);
  });

  test('has no account after a wrong code, a used one, or one of yesterday', async () => {
    const clock = new ManualClock();
    const node = await open(createFresh(), {}, clock);
    const stale = await node.setUpCodes.issue();
    await expect(signUp(node, 'wrong')).rejects.toMatchObject(refused);
    clock.advance(24 * 3_600_000);
    await expect(signUp(node, stale)).rejects.toMatchObject(refused);
    expect(await node.users.count({})).toBe(0);
    const code = await node.setUpCodes.issue();
    await signUp(node, code);
    await expect(signUp(node, code, 'second@example.com')).rejects.toMatchObject(refused);
    expect(await node.users.count({})).toBe(1);
  });

  test('can use the code again after an address that was taken', async () => {
    const node = await open(createFresh());
    const code = await node.setUpCodes.issue();
    await signUp(node, null);
    await expect(signUp(node, code, 'ADMIN@example.com')).rejects.toMatchObject({ code: 'EMAIL_TAKEN' });
    expect(given(await signUp(node, code, 'other@example.com')).roles).toEqual(['ADMIN']);
  });

  test('signs up with the code also where sign-up is closed', async () => {
    const node = await open(createFresh(), { policy: { signUp: 'closed' } });
    await expect(signUp(node, null)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(signUp(node, 'wrong')).rejects.toMatchObject(refused);
    expect(given(await signUp(node, await node.setUpCodes.issue())).roles).toEqual(['ADMIN']);
  });
});
