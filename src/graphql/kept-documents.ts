import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

/**
 * Half a kilobyte each, and so 50 MB: an application's own few hundred documents have 100 or so. Whoever sends a new
 * document each time pushes the others out, who are then slower.
 */
const MOST_TOKENS = 100_000;
/** Kept twice, as it came and as it was read, and a character may take two bytes. */
const CHARACTERS_OF_A_TOKEN = 125;

/** Keeps documents, as many as fit into a bounded part of the memory; those that nobody asked for of late go first. */
export const createKeptDocuments = (): LRUCache<string, DocumentNode> =>
  new LRUCache({ maxSize: MOST_TOKENS, sizeCalculation: weigh });

/** The same, as Apollo Server takes it: its own counts neither comments nor what stands between tokens. */
export function createDocumentStore() {
  const documents = createKeptDocuments();
  return {
    get: async (key: string): Promise<DocumentNode | undefined> => documents.get(key),
    set: async (key: string, document: DocumentNode): Promise<void> => void documents.set(key, document),
    delete: async (key: string): Promise<boolean> => documents.delete(key),
  };
}

/** In tokens: a comment or a string is one, and may be as long as the whole document. */
function weigh({ loc }: DocumentNode): number {
  let weight = 1 + Math.ceil((loc?.source.body.length ?? 0) / CHARACTERS_OF_A_TOKEN);
  for (let token = loc?.startToken; token?.next != null; token = token.next) weight += 1;
  return weight;
}
