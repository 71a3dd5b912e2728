import { expect, test } from '@jest/globals';
import { noteOf } from '../../src/domain/audit-entry.js';
import { auditRefusals } from '../../src/domain/audit-entry-service.js';
import { AuthError } from '../../src/domain/errors.js';
import { createEnsureUser } from '../../src/domain/external-users.js';
import { createUserId } from '../../src/domain/ids.js';
import { ADMIN, MODERATOR } from '../../src/domain/user.js';
import { addSession, addUser } from '../stores/builders.js';
import { listAll } from '../stores/audit-entry-store.contract.js';
import { createNode } from '../support/services.js';
import { describeOnEachStore } from '../support/stores.js';
import { codeOf } from './session-fixture.js';

const CLIENT = { ipAddress: '203.0.113.7', userAgent: 'a program' };

describeOnEachStore('The audit log', (createFresh) => {
  test.each([
    ['what broke on the way', () => new TypeError('secret words'), ['INTERNAL_SERVER_ERROR']],
    ['a refusal', () => new AuthError('INVALID_CREDENTIALS'), ['INVALID_CREDENTIALS']],
    ['what nobody judged', () => new AuthError('SERVICE_UNAVAILABLE'), []],
  ])('hears of %s, by its code alone', async (_what, makeError, reasons) => {
    const stores = await createFresh().open();
    const error = makeError();
    const by = noteOf({ userId: createUserId(), client: CLIENT });
    const tried = auditRefusals(stores.auditEntries, { action: 'sign-in', by }, () => Promise.reject(error));
    await expect(tried).rejects.toBe(error);
    expect((await listAll(stores)).map(({ reason }) => reason)).toEqual(reasons);
  });

  test('hears of a sign-up with a wrong set-up code, and from where', async () => {
    const node = await createNode(await createFresh().open());
    const account = { email: 'ann@example.com', password: 'correct horse battery', ipAddress: CLIENT.ipAddress };
    expect(await codeOf(node.users.signUp({ ...account, setupCode: 'wrong', client: CLIENT }))).toBe('BAD_USER_INPUT');
    expect(await listAll(node.stores, { actions: ['user-created'] })).toMatchObject([
      { action: 'user-created', outcome: 'failure', reason: 'BAD_USER_INPUT', subjectId: null, ...CLIENT },
    ]);
  });

  test('hears from where a user came whose account the application keeps', async () => {
    const stores = await createFresh().open();
    await createEnsureUser(stores.users, () => undefined)('theirs', CLIENT);
    expect(await listAll(stores)).toMatchObject([
      { action: 'user-created', actorId: 'theirs', subjectId: 'theirs', ...CLIENT },
    ]);
  });
});

describeOnEachStore('A moderator', (createFresh) => {
  test('ends no session of an administrator by its id', async () => {
    const node = await createNode(await createFresh().open());
    const { stores } = node;
    const admin = await addUser(stores, { roles: [ADMIN] });
    const user = await addUser(stores);
    const moderator = { userId: createUserId(), roles: [MODERATOR] };
    const theirs = await addSession(stores, { userId: admin.id, ver: admin.ver });
    const other = await addSession(stores, { userId: user.id, ver: user.ver });
    expect(await codeOf(node.users.revokeSession(moderator, theirs.session.id))).toBe('FORBIDDEN');
    expect((await stores.sessions.findById(theirs.session.id))?.endedAt).toBeNull();
    expect(await node.users.revokeSession(moderator, other.session.id)).toBe(true);
    expect(await node.users.revokeSession({ ...moderator, roles: [ADMIN] }, theirs.session.id)).toBe(true);
  });
});
