import type { TokenStorage } from 'latchkey/client';

/** One text, as React Native and others keep it. */
export function createMemory(): TokenStorage & { text: string | null } {
  return {
    text: null,
    async get() {
      return this.text;
    },
    async set(value) {
      this.text = value;
    },
    async remove() {
      this.text = null;
    },
  };
}
