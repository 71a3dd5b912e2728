/**
 * Changes documents by an index over and over, so many at once, as a refresh does; and says how many it changed each second.
 *
 *     node bare-find-one-and-update.ts SECONDS AT_ONCE, with a database in MONGODB_URI
 */
import { randomBytes } from 'node:crypto';
import mongoose from 'mongoose';

const [seconds = 0, atOnce = 0] = process.argv.slice(2).map(Number);
const client = new mongoose.mongo.MongoClient(process.env['MONGODB_URI'] ?? '', {
  readConcernLevel: 'majority',
  writeConcern: { w: 'majority', journal: true },
});
await client.connect();
const sessions = client.db().collection<{ _id: string; hash: string; generation: number }>('bare');
const id = (): string => randomBytes(16).toString('base64url');
const ids = Array.from({ length: atOnce * 10 }, id);
await sessions.insertMany(ids.map((_id) => ({ _id, hash: id(), generation: 0 })));

let count = 0;
const endMs = performance.now() + seconds * 1_000;

async function change(first: number): Promise<void> {
  for (let index = first; performance.now() < endMs; index = (index + atOnce) % ids.length) {
    const update = { $set: { hash: id() }, $inc: { generation: 1 } };
    const changed = await sessions.findOneAndUpdate({ _id: ids[index]! }, update, { returnDocument: 'after' });
    if (changed === null) throw new Error('the document is there');
    count += 1;
  }
}

await Promise.all(Array.from({ length: atOnce }, (_, index) => change(index)));
console.log(count / seconds);
await client.db().dropDatabase();
await client.close();
