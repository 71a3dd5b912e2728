import type { DomainEvent, EmitEvent } from './events.js';
import type { UserId } from './ids.js';
import { bannedMail, newDeviceMail, passwordChangedMail, theftDetectedMail, type MailText } from './mail-texts.js';
import type { PostMail } from './mail.js';
import type { Stores } from './stores.js';
import { activeBan, type User } from './user.js';

export interface NoticeOptions {
  readonly stores: Pick<Stores, 'users' | 'clock'>;
  readonly postMail: PostMail;
}

/**
 * Mails users what happened to their account: a new device, password changed, theft detected, ban. A notice that there is no room for
 * is left out: nothing that happened waits for it, or fails by it.
 */
export function createNotices({ stores: { users, clock }, postMail }: NoticeOptions): EmitEvent {
  const notify = (userId: UserId, write: (user: User) => MailText | null): void => {
    try {
      postMail(async () => {
        const user = await users.findById(userId);
        const text = user === null || user.email === '' ? null : write(user);
        return user && text && { to: user.email, ...text };
      });
    } catch {
      // The outbox is full.
    }
  };

  return (event: DomainEvent): void => {
    switch (event.type) {
      case 'password.changed':
      case 'password.reset':
        notify(event.userId, passwordChangedMail);
        return;
      case 'session.created': {
        if (!event.isNewDevice) return;
        const { deviceName, userAgent, ipAddress } = event.client;
        const device = [deviceName ?? userAgent ?? 'an unknown program', ipAddress].filter((part) => part !== null);
        notify(event.userId, () => newDeviceMail(device.join(', '), clock.now()));
        return;
      }
      case 'session.theft':
        notify(event.userId, theftDetectedMail);
        return;
      case 'user.banned':
        notify(event.userId, (user) => {
          const ban = activeBan(user, clock.now());
          return ban && bannedMail(ban.publicReason, ban.until);
        });
        return;
      default:
        return;
    }
  };
}
