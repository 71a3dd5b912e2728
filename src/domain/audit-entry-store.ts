import type { AuditEntry, NewAuditEntry } from './audit-entry.js';
import type { UserId } from './ids.js';

/** Each part that is given narrows the list. */
export interface AuditFilter {
  /** Any of these; an empty list: none. What is no action meets nothing. */
  readonly actions?: readonly string[] | undefined;
  readonly actorId?: UserId | undefined;
  readonly subjectId?: UserId | undefined;
  /** Exclusive. */
  readonly after?: Date | undefined;
  /** Exclusive. */
  readonly before?: Date | undefined;
  readonly ipAddress?: string | undefined;
}

/** Where a page starts: behind this entry, in the order of `at`, then `id`, both descending. */
export type AuditCursor = Pick<AuditEntry, 'at' | 'id'>;

/**
 * The audit log, as the domain asks a database for it: it grows, and nothing of it is changed or deleted but by age.
 * Atomic, durable and `SERVICE_UNAVAILABLE` as in `SessionStore`.
 *
 * What changes something in another port writes its entry there, in the statement that makes the change: it is never
 * lost, and stands in the log before the change is acknowledged, or, where the log could not be written just then,
 * after the next `recover`.
 */
export interface AuditEntryStore {
  /** Adds an entry of what changed nothing: a refusal, or a look at what is confidential. */
  create(entry: NewAuditEntry): Promise<void>;
  /** At most `limit` entries behind `after`, newest first. */
  list(filter: AuditFilter, limit: number, after: AuditCursor | null): Promise<AuditEntry[]>;
  /** Adds what a crash kept from the log. Any number of servers may do it at once: each entry stands there once. */
  recover(): Promise<void>;
}
