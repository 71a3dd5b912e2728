import { expect, test } from '@jest/globals';
import { createUserId } from '../../src/domain/ids.js';
import { ManualClock } from '../support/clock.js';
import type { Backend } from '../support/stores.js';
import { MINUTE, randomHash } from './builders.js';

const TTL = 60 * MINUTE;

/** What every `SetUpCodeStore` does. */
export function setUpCodeStoreContract(createFresh: () => Backend): void {
  test('a known code is claimed, an unknown one is not, nor one with other letters behind it', async () => {
    const { setUpCodes } = await createFresh().open();
    const [hash, user] = [randomHash(), createUserId()];
    expect(await setUpCodes.claim(hash, user, MINUTE)).toBe(false);
    await setUpCodes.create(hash, TTL);
    expect(await setUpCodes.claim(randomHash(), user, MINUTE)).toBe(false);
    expect(await setUpCodes.claim(`${hash}\0` as typeof hash, user, MINUTE)).toBe(false);
    expect(await setUpCodes.claim(hash, user, MINUTE)).toBe(true);
  });

  test('a code holds until its time, beside those of other servers', async () => {
    const clock = new ManualClock();
    const { setUpCodes } = await createFresh().open({ clock });
    const [early, late] = [randomHash(), randomHash()];
    await setUpCodes.create(early, TTL);
    clock.advance(TTL - 1);
    await setUpCodes.create(late, TTL);
    const user = createUserId();
    expect(await setUpCodes.claim(early, user, MINUTE)).toBe(true);
    await setUpCodes.release(user);
    clock.advance(1);
    expect(await setUpCodes.claim(early, user, MINUTE)).toBe(false);
    expect(await setUpCodes.claim(late, user, MINUTE)).toBe(true);
  });

  test('a claim shuts every code until it lapses, but not to its holder, who renews it', async () => {
    const clock = new ManualClock();
    const { setUpCodes } = await createFresh().open({ clock });
    const [one, two] = [randomHash(), randomHash()];
    const [ann, ben] = [createUserId(), createUserId()];
    await setUpCodes.create(one, TTL);
    await setUpCodes.create(two, TTL);
    expect(await setUpCodes.claim(one, ann, MINUTE)).toBe(true);
    clock.advance(MINUTE - 1);
    expect(await setUpCodes.claim(two, ben, MINUTE)).toBe(false);
    expect(await setUpCodes.claim(one, ann, MINUTE)).toBe(true);
    clock.advance(MINUTE - 1);
    await setUpCodes.create(randomHash(), TTL);
    expect(await setUpCodes.claim(two, ben, MINUTE)).toBe(false);
    clock.advance(1);
    expect(await setUpCodes.claim(two, ben, MINUTE)).toBe(true);
    expect(await setUpCodes.claim(one, ann, MINUTE)).toBe(false);
  });

  test('only its holder gives a claim back', async () => {
    const { setUpCodes } = await createFresh().open();
    const hash = randomHash();
    const [ann, ben] = [createUserId(), createUserId()];
    await setUpCodes.create(hash, TTL);
    await setUpCodes.claim(hash, ann, MINUTE);
    await setUpCodes.release(ben);
    expect(await setUpCodes.claim(hash, ben, MINUTE)).toBe(false);
    await setUpCodes.release(ann);
    expect(await setUpCodes.claim(hash, ben, MINUTE)).toBe(true);
  });

  test('of many claims at once, by two codes on two nodes, one succeeds', async () => {
    const backend = createFresh();
    const nodes = [await backend.open(), await backend.open()] as const;
    const codes = [randomHash(), randomHash()] as const;
    await Promise.all(codes.map((code, index) => nodes[index === 0 ? 0 : 1].setUpCodes.create(code, TTL)));
    const claims = Array.from({ length: 10 }, (_, index) => {
      const which = index % 2 === 0 ? 0 : 1;
      return nodes[which].setUpCodes.claim(codes[which], createUserId(), MINUTE);
    });
    expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1);
  });
}
