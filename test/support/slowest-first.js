import TestSequencer from '@jest/test-sequencer';

/**
 * Those that take minutes: begun last, they would run on alone. Three begin at once, and the next where one ends; those
 * with a replica set or several servers of their own are apart, since two of them at once leave nobody enough to answer.
 */
const SLOWEST = [
  'failover/failover',
  'session-sqlite.property',
  'process/user',
  'session-mongo.property',
  'feed-outages',
  'account-timing',
  'rolling',
  'docs/shell',
  'process/keys',
  'process/serve',
];

/** Without a record of earlier runs jest begins with the largest files, which these are not. */
export default class SlowestFirst extends TestSequencer {
  sort(tests) {
    const place = ({ path }) => {
      const index = SLOWEST.findIndex((name) => path.includes(name));
      return index < 0 ? SLOWEST.length : index;
    };
    return super.sort(tests).toSorted((one, other) => place(one) - place(other));
  }
}
