import type { Forgetful } from './departures.js';
import { createIdTable } from './id-table.js';
import type { UserId } from './ids.js';
import type { RevocableToken, RevocationCode } from './revocation.js';

/** What a change made of a user. */
export interface UserChange {
  readonly userId: UserId;
  readonly ver: number;
  /** `null`: as it was before the change. */
  readonly floor: number | null;
}

/** The users who changed, and what of their tokens still holds. */
export interface ChangedUsers extends Forgetful {
  /** Takes note of one change. Of one user's, those with the highest `ver` hold, in whatever order they come. */
  note(change: UserChange, leavesAtMs: number): void;
  judge(token: RevocableToken): RevocationCode | null;
  readonly size: number;
}

const VER = 0;
const FLOOR = 1;
/** The `ver` of the change that the floor is from: higher changes left it as it was. */
const FLOOR_VER = 2;
const LEAVES_AT_MS = 3;
const COLUMNS = 4;

export function createChangedUsers(): ChangedUsers {
  const table = createIdTable(COLUMNS);

  return {
    note({ userId, ver, floor }, leavesAtMs) {
      const row = table.findOrAdd(userId);
      table.write(row, VER, Math.max(ver, table.read(row, VER)));
      table.write(row, LEAVES_AT_MS, Math.max(leavesAtMs, table.read(row, LEAVES_AT_MS)));
      const floorVer = table.read(row, FLOOR_VER);
      if (floor === null || ver < floorVer) return;
      // A later floor may be the lower one: a ban was undone.
      table.write(row, FLOOR, ver > floorVer ? floor : Math.max(floor, table.read(row, FLOOR)));
      table.write(row, FLOOR_VER, ver);
    },

    judge({ userId, ver }) {
      const row = table.find(userId);
      if (row === null) return null;
      if (ver < table.read(row, FLOOR)) return 'SESSION_EXPIRED';
      return ver < table.read(row, VER) ? 'TOKEN_EXPIRED' : null;
    },

    leavesAtMs(userId) {
      const row = table.find(userId);
      return row === null ? undefined : table.read(row, LEAVES_AT_MS);
    },
    forget: table.remove,
    get size() {
      return table.size;
    },
  };
}
