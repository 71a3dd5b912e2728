import type { RevocationFeed, RevocationListener, RevocationStore } from '../../src/domain/revocation-store.js';
import type { Stores } from '../../src/domain/stores.js';

/** Stores whose feed tells a node nothing before a test lets it. */
export interface HeldStores {
  readonly stores: Stores;
  /** Tells the node what was acknowledged before this call, in order; after `lose`, by a feed that begins again. */
  deliver(): Promise<void>;
  /** The feed breaks, and with it goes whatever was not delivered. */
  lose(): void;
}

interface Following {
  readonly listener: RevocationListener;
  readonly begin: () => RevocationFeed;
  feed: RevocationFeed;
}

/** Holds back what the feed of these stores tells; for one follower. */
export function holdFeed(stores: Stores): HeldStores {
  const held: (() => void | Promise<void>)[] = [];
  let following: Following | null = null;
  let isLost = false;

  const holding = (listener: RevocationListener): RevocationListener => ({
    tell: (revocations) => void held.push(() => listener.tell(revocations)),
    keysChanged: async () => void held.push(() => listener.keysChanged()),
    permissionsChanged: async () => void held.push(() => listener.permissionsChanged()),
    current: (asOf) => void held.push(() => listener.current(asOf)),
    report: (report) => void held.push(() => listener.report(report)),
  });

  const revocations: RevocationStore = {
    ...stores.revocations,
    follow(listener, options) {
      const begin = (): RevocationFeed => stores.revocations.follow(holding(listener), options);
      following = { listener, begin, feed: begin() };
      return { catchUp: async () => undefined, close: () => following?.feed.close() ?? Promise.resolve() };
    },
  };

  return {
    stores: { ...stores, revocations },
    async deliver() {
      if (following === null) return;
      if (isLost) {
        await following.feed.close();
        held.length = 0;
        following.feed = following.begin();
        isLost = false;
      }
      await following.feed.catchUp();
      for (const tell of held.splice(0)) await tell();
    },
    lose() {
      held.length = 0;
      isLost = true;
    },
  };
}
