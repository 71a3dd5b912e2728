import TestSequencer from '@jest/test-sequencer';

/** Those that take minutes: begun last, they would run on alone. */
const SLOWEST = [
  'session-sqlite.property',
  'process/user',
  'session-mongo.property',
  'feed-outages',
  'failover',
  'rolling',
  'process/keys',
  'process/serve',
  'account-timing',
  'docs/shell',
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
