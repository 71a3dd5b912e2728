import { randomUUID } from 'node:crypto';
import mongoose from 'mongoose';

/** The same server with a database that nobody else has: one an address, all dropped in the end. */
export function freshDatabases(uri: string): { next(): string; dropAll(): Promise<void> } {
  const made: string[] = [];
  return {
    next() {
      const url = new URL(uri);
      url.pathname = `/latchkey-bench-${randomUUID()}`;
      made.push(url.href);
      return url.href;
    },
    async dropAll() {
      for (const each of made) {
        const connection = await mongoose.createConnection(each).asPromise();
        await connection.dropDatabase();
        await connection.close();
      }
    },
  };
}
