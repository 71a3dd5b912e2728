import { expect, test } from '@jest/globals';
import { createExportPersonalData } from '../../src/domain/personal-data.js';
import { addUser } from '../stores/builders.js';
import { ManualClock } from '../support/clock.js';
import { createNode, POLICY } from '../support/services.js';
import { describeOnEachStore } from '../support/stores.js';

describeOnEachStore('exportPersonalData', (createFresh) => {
  test('has the newest of the history, and says whether there are more', async () => {
    const clock = new ManualClock();
    const stores = await createFresh().open({ clock });
    const node = await createNode(stores);
    const { id: userId } = await addUser(stores);
    for (const reason of ['first', 'second']) {
      clock.advance(1);
      const from = { ipAddress: null, userAgent: null, sessionHash: null, actorId: null };
      await stores.auditEntries.create({ action: 'sign-in', outcome: 'failure', subjectId: userId, reason, ...from });
    }
    clock.advance(1);
    const exportWith = createExportPersonalData({
      ...{ ...node, policy: POLICY, mostEntries: 4, permissionsOf: node.rolePermissions.of },
    });
    const exported = { action: 'data-exported', reason: null };
    const failed = (reason: string) => ({ action: 'sign-in', reason });
    const created = { action: 'user-created', reason: null };
    const first = await exportWith({ userId });
    expect(first.history).toMatchObject([exported, failed('second'), failed('first'), created]);
    expect(first.hasMoreHistory).toBe(false);

    clock.advance(1);
    const second = await exportWith({ userId });
    expect(second.history).toMatchObject([exported, exported, failed('second'), failed('first')]);
    expect(second.hasMoreHistory).toBe(true);
  });
});
