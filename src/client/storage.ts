import type { Page } from './environment.js';
import type { TokenStorage } from './types.js';

/** One that answers at once. */
export interface PageStorage extends TokenStorage {
  readonly get: () => string | null;
  readonly set: (value: string) => void;
  readonly remove: () => void;
}

/** The browser's own storage at this key; where there is none, memory is all there is. */
export const openStorage = (key: string, storage: Page['localStorage']): PageStorage => ({
  get: () => storage?.getItem(key) ?? null,
  set: (value) => storage?.setItem(key, value),
  remove: () => storage?.removeItem(key),
});
