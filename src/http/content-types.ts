/** By which media type answers go out to whoever accepts what: as Apollo Server decided it for the first of them. */
export interface ContentTypes {
  learn(accept: string | undefined, contentType: unknown): void;
  of(accept: string | undefined): string | undefined;
}

/** Browsers and clients have a few; whoever sends others is answered by Apollo Server. */
const MOST = 100;
const LONGEST = 200;

export function createContentTypes(): ContentTypes {
  const known = new Map<string, string>();
  return {
    learn(accept = '', contentType) {
      // An answer in parts has another each time.
      if (typeof contentType !== 'string' || !/^application\/[\w+-]+; charset=utf-8$/.test(contentType)) return;
      if (known.size < MOST && accept.length <= LONGEST) known.set(accept, contentType);
    },
    of: (accept = '') => known.get(accept),
  };
}
