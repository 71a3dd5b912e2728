import { expect, test } from '@jest/globals';
import { createAuditEntryId, createSessionId, createUserId } from '../../src/domain/ids.js';

test.each([
  ['user', createUserId],
  ['session', createSessionId],
  ['audit entry', createAuditEntryId],
])('%s ids are 16 random bytes each, and none begins as an option of a command does', (_of, create) => {
  const ids = Array.from({ length: 5_000 }, () => create());
  expect(new Set(ids).size).toBe(5_000);
  expect(ids.filter((id) => Buffer.from(id, 'base64url').toString('base64url') !== id || id.length !== 22)).toEqual([]);
  expect(ids.filter((id) => id.startsWith('-'))).toEqual([]);
});
