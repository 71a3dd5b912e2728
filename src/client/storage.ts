import type { Page } from './environment.js';
import type { TokenStorage } from './types.js';

/** The browser's own storage at this key; where there is none, memory is all there is. */
export const openStorage = (key: string, page: Page | undefined): TokenStorage => ({
  get: () => page?.localStorage?.getItem(key) ?? null,
  set: (value) => page?.localStorage?.setItem(key, value),
  remove: () => page?.localStorage?.removeItem(key),
});
