import type { Page } from './environment.js';
import type { TokenStorage } from './types.js';

/** The browser's own storage at this key; where there is none, memory is all there is. */
export const openStorage = (key: string, storage: Page['localStorage']): TokenStorage => ({
  get: () => storage?.getItem(key) ?? null,
  set: (value) => storage?.setItem(key, value),
  remove: () => storage?.removeItem(key),
});
