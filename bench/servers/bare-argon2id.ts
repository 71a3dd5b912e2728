/** Checks one password over and over, as many at once as there are cores, and says how many it did each second. */
import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';

const PASSWORD = 'correct horse battery';
const passwordHash = await hash(PASSWORD, { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
const seconds = Number(process.argv[2]);
const endMs = performance.now() + seconds * 1_000;
let count = 0;

async function check(): Promise<void> {
  while (performance.now() < endMs) {
    if (!(await verify(passwordHash, PASSWORD))) throw new Error('the password is right');
    count += 1;
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, check));
console.log(count / seconds);
