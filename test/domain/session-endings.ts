/** What may end a session: for tests of races. */
import type { IssuedSession } from '../../src/domain/session-issue.js';
import { ADMIN, type Fixture } from './session-fixture.js';

export type Ending = 'ban' | 'revoke' | 'revoke-all' | 'sign-out';

/** Ends the session as people do. */
export function endBy(
  ending: Ending,
  { node, user, ban }: Fixture,
  { session, refreshToken }: IssuedSession,
): Promise<unknown> {
  switch (ending) {
    case 'ban':
      return ban();
    case 'revoke':
      return node.sessions.revoke(user.id, session.id);
    case 'revoke-all':
      return node.users.revokeSessions(ADMIN, user.id);
    case 'sign-out':
      return node.sessions.signOut({ refreshTokens: [refreshToken], sessionIds: [] });
  }
}
