import { hashSessionId } from '../../domain/audit-entry.js';
import { clientNetwork } from '../../domain/client-network.js';
import type { ErrorLog } from '../errors.js';
import type { OperationStep } from '../operation-step.js';

/** What somebody asked for and may not have. */
const REFUSED = new Set<unknown>(['FORBIDDEN', 'REAUTHENTICATION_REQUIRED', 'UNAUTHENTICATED']);

/** Who asks for what they may not have again and again must not fill the log. */
const LINES = { windowMs: 60_000, ofOne: 10, ofAll: 300 };
/** Aliases are the client's own words, as many and as long as it likes. */
const MOST_PATHS = 10;
const LONGEST_PATH = 200;

/**
 * Writes down that authorization was refused: a line for an operation, with who asked, from where, and for which fields.
 * Ten lines a minute for one user, or for one network of those who are nobody; 300 for all users, and as many for all who
 * are nobody, who are not to hide what a user does. How many of its sort were left out stands in the next.
 *
 * @see OWASP ASVS 5.0 16.3.2
 */
export function refusalLogStep(log: ErrorLog): OperationStep {
  const ofUsers = createLineCount();
  const ofNobody = createLineCount();
  return {
    answer({ context: { principal, client, clock } }, { result: { errors } }) {
      if (errors === undefined) return;
      const refused = errors.filter(({ extensions }) => REFUSED.has(extensions?.['code']));
      if (refused.length === 0) return;
      const { ipAddress, userAgent } = client;
      const nowMs = clock.now().getTime();
      const leftOut =
        principal === null ? ofNobody.take(clientNetwork(ipAddress), nowMs) : ofUsers.take(principal.userId, nowMs);
      if (leftOut === null) return;
      const codes = [...new Set(refused.map(({ extensions }) => extensions?.['code']))];
      const paths = refused.slice(0, MOST_PATHS).map(({ path = [] }) => path.join('.').slice(0, LONGEST_PATH));
      const userId = principal?.userId ?? null;
      const sessionHash = principal && hashSessionId(principal.sessionId);
      log.warn({ codes, paths, userId, sessionHash, ipAddress, userAgent, leftOut }, 'refused what was asked for');
    },
  };
}

interface LineCount {
  /** How many lines were left out since the last one; `null` where this one is. */
  take(who: string, nowMs: number): number | null;
}

/** Holds no more of whom it counts than lines are written in a window. */
function createLineCount(): LineCount {
  let beganAtMs = -Infinity;
  let total = 0;
  let leftOut = 0;
  const ofEach = new Map<string, number>();
  return {
    take(who, nowMs) {
      if (Math.abs(nowMs - beganAtMs) >= LINES.windowMs) {
        beganAtMs = nowMs;
        total = 0;
        ofEach.clear();
      }
      const count = ofEach.get(who) ?? 0;
      if (total >= LINES.ofAll || count >= LINES.ofOne) {
        leftOut += 1;
        return null;
      }
      total += 1;
      ofEach.set(who, count + 1);
      const told = leftOut;
      leftOut = 0;
      return told;
    },
  };
}
