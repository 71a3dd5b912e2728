import type { Clock } from '../../domain/clock.js';
import type { AuditOutbox } from './audit-outbox.js';
import type { NowExpression } from './expressions.js';

/** The store's time: inside a statement, and outside. */
export interface StoreTime {
  readonly clock: Clock;
  /** For one statement; ask again for the next. */
  expression(): NowExpression;
}

/** What a port needs that changes what the audit log tells of. */
export interface AuditedWriting {
  readonly time: StoreTime;
  readonly outbox: AuditOutbox;
}

/** The database decides by its own clock, which `following` follows. */
export const databaseTime = (following: Clock): StoreTime => ({ clock: following, expression: () => '$$NOW' });

/** All time is what this clock says. For tests. */
export const givenTime = (clock: Clock): StoreTime => ({ clock, expression: () => ({ $literal: clock.now() }) });
