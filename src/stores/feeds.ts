import type { RevocationFeed, RevocationStore } from '../domain/revocation-store.js';

/** The feeds of one database: none goes on once it is closed. */
export interface Feeds {
  /** The same store, whose feeds are kept account of. */
  tracked(store: RevocationStore): RevocationStore;
  close(): Promise<void>;
}

export function createFeeds(): Feeds {
  const open = new Set<RevocationFeed>();
  return {
    tracked: (store) => ({
      ...store,
      follow(...given) {
        const feed = store.follow(...given);
        open.add(feed);
        return {
          ...feed,
          async close() {
            open.delete(feed);
            await feed.close();
          },
        };
      },
    }),
    async close() {
      await Promise.all([...open].map((feed) => feed.close()));
      open.clear();
    },
  };
}
