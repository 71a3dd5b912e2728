import Sequencer from '@jest/test-sequencer';

/** Over a minute each: begun last, one of them would keep a single worker busy after all others have ended. */
const LONGEST = ['test/properties/session.property.test.ts', 'test/failover/feed-outages.test.ts'];

/** Jest's own order, by the times of the last run where it knows them, after the longest files. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const isLong = (test) => LONGEST.some((file) => test.path.endsWith(file));
    const others = super.sort(tests.filter((test) => !isLong(test)));
    return [...tests.filter(isLong), ...others];
  }
}
