import type { AuditAction, AuditEntry, AuditNote } from './audit-entry.js';
import { hashSessionId } from './audit-entry.js';
import type { AuditCursor, AuditEntryStore, AuditFilter } from './audit-entry-store.js';
import { RateLimitError } from './attempt-service.js';
import { AuthError, badUserInput, type ErrorCode } from './errors.js';
import type { UserId } from './ids.js';

const LARGEST_PAGE = 100;

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  readonly hasNextPage: boolean;
}

/** The use cases of the audit log: it can be read, and nothing else. */
export interface AuditLog {
  /** One page, newest first. @throws AuthError `BAD_USER_INPUT` where `first` is not 1 to 100 */
  list(filter: AuditFilter, first: number, after: AuditCursor | null): Promise<AuditPage>;
}

export const createAuditLog = (store: Pick<AuditEntryStore, 'list'>): AuditLog => ({
  async list(filter, first, after) {
    if (first < 1 || first > LARGEST_PAGE) throw badUserInput('first', `A page has 1 to ${LARGEST_PAGE} entries.`);
    const found = await store.list(filter, first + 1, after);
    return { entries: found.slice(0, first), hasNextPage: found.length > first };
  },
});

/** Notes whose account it is that somebody tries to get into, as soon as that is known. */
export type NoteSubject = (id: UserId) => void;

/** What somebody tries, and who they are, as far as that is known. */
export interface Tried {
  readonly action: AuditAction;
  readonly by: AuditNote;
}

/** Notes what is tried next, behind a proof that was good. */
export type NoteTried = (next: Tried) => void;

/**
 * Whether the log hears of it: not where nothing was judged. Who is throttled must not be able to fill the log: it hears
 * of the first try that was refused while none is allowed.
 */
function isTold(error: unknown): boolean {
  if (error instanceof RateLimitError) return error.isFirst;
  return !(error instanceof AuthError && error.code === 'SERVICE_UNAVAILABLE');
}

/** Of what broke on the way, the log has no more than the client. */
const reasonOf = (error: unknown): ErrorCode => (error instanceof AuthError ? error.code : 'INTERNAL_SERVER_ERROR');

/**
 * Runs a proof of who somebody is; where it is refused, that stands in the log before it is answered: for an unknown
 * account as for a wrong password, so that neither takes longer.
 *
 * @throws AuthError as `prove` does; `SERVICE_UNAVAILABLE` where the log cannot be written
 */
export async function auditRefusals<Result>(
  store: Pick<AuditEntryStore, 'create'>,
  first: Tried,
  prove: (noteSubject: NoteSubject, noteTried: NoteTried) => Promise<Result>,
): Promise<Result> {
  let tried = first;
  let subjectId = first.by.actorId;
  const noteTried: NoteTried = (next) => {
    tried = next;
    subjectId = next.by.actorId;
  };
  try {
    return await prove((id) => (subjectId = id), noteTried);
  } catch (error) {
    if (isTold(error)) {
      const { action, by } = tried;
      const { actorId, sessionId, ipAddress, userAgent } = by;
      const sessionHash = sessionId && hashSessionId(sessionId);
      const who = { actorId, subjectId, sessionHash, ipAddress, userAgent };
      await store.create({ action, outcome: 'failure', ...who, reason: reasonOf(error) });
    }
    throw error;
  }
}
