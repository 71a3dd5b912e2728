/**
 * Preloaded by `NODE_OPTIONS`: at SIGUSR2, writes to the file `PROMOTED_BYTES` how many bytes have outlived two
 * collections of young objects so far, so that only a full collection, which takes long, frees them; and how many of those
 * there were.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics } from 'node:v8';

const OLD = new Set(['old_space', 'map_space']);
const path = process.env.PROMOTED_BYTES;

const heldBytes = () =>
  getHeapSpaceStatistics()
    .filter(({ space_name: name }) => OLD.has(name))
    .reduce((sum, { space_used_size: bytes }) => sum + bytes, 0);

let before = heldBytes();
let promoted = 0;
let collections = 0;

new PerformanceObserver((list) => {
  const now = heldBytes();
  const areYoung = list.getEntries().every(({ detail }) => detail.kind === constants.NODE_PERFORMANCE_GC_MINOR);
  if (areYoung) {
    promoted += Math.max(0, now - before);
    collections += 1;
  }
  before = now;
}).observe({ entryTypes: ['gc'] });

process.on('SIGUSR2', () => {
  writeFileSync(`${path}.new`, JSON.stringify({ promoted, collections }));
  renameSync(`${path}.new`, path);
});
