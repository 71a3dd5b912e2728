import { LRUCache } from 'lru-cache';

/** By which media type answers go out to whoever accepts what: as Apollo Server decided it for the first of them. */
export interface ContentTypes {
  learn(accept: string | undefined, contentType: unknown): void;
  of(accept: string | undefined): string | undefined;
}

/** Browsers and clients have a few. Whoever sends a new one each time pushes out what nobody asked for of late. */
const MOST = 100;
const LONGEST = 200;
/** Any other is one request's own: of an answer in parts, or what the application's error says in `extensions.http`. */
const LEARNED = /^application\/(?:graphql-response\+)?json; charset=utf-8$/;

export function createContentTypes(): ContentTypes {
  const known = new LRUCache<string, string>({ max: MOST });
  return {
    learn(accept = '', contentType) {
      const isLearned = typeof contentType === 'string' && LEARNED.test(contentType);
      if (isLearned && accept.length <= LONGEST) known.set(accept, contentType);
    },
    of: (accept = '') => known.get(accept),
  };
}
