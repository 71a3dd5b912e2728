import { AuthError } from './errors.js';
import type { SessionEnd } from './session.js';
import type { Ban } from './user.js';

/** What a banned user is told: the public reason and the end, never the internal reason. */
export const banRefusal = (ban: Ban): AuthError =>
  new AuthError('USER_BANNED', {
    extensions: { reason: ban.publicReason, until: ban.until?.toISOString() ?? null },
  });

/** What the holder of a session that is over is told. */
export function endRefusal(end: SessionEnd): AuthError {
  switch (end.kind) {
    case 'banned':
      return banRefusal(end.ban);
    case 'theft':
      return new AuthError('TOKEN_THEFT_DETECTED');
    case 'other':
      return new AuthError('SESSION_EXPIRED');
  }
}
