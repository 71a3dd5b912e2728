/**
 * Runs every benchmark, one after the other, each in a process of its own.
 *
 *     npm run bench
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';

const questions = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.ts') && file !== 'all.ts');
const ON_MONGODB = ['mongodb-oplog.ts', 'mongodb-size.ts', 'revocation-delivery.ts'];

for (const name of questions) {
  console.log(`\n== ${basename(name, '.ts')}`);
  if (ON_MONGODB.includes(name) && process.env['MONGODB_URI'] === undefined) {
    console.log('needs a MongoDB replica set: MONGODB_URI');
    continue;
  }
  const file = `${import.meta.dirname}/${name}`;
  const { status } = spawnSync(process.execPath, ['--expose-gc', '--import', 'tsx', file], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
