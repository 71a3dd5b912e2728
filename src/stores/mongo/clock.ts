import type { Connection } from 'mongoose';
import type { Clock } from '../../domain/clock.js';
import { runCommand } from './connection.js';

const MEASURE_INTERVAL_MS = 10_000;
/** An answer that took longer says too little about the time to replace an earlier one. */
const LONGEST_ROUND_TRIP_MS = 1000;

/** A clock that follows the database's until it is stopped. */
export interface FollowingClock {
  readonly clock: Clock;
  stop(): void;
}

/** What the database's clock is ahead of this process's monotonic one, and how long it took to ask. */
interface Measurement {
  readonly offsetMs: number;
  readonly roundTripMs: number;
}

async function measure(connection: Connection): Promise<Measurement> {
  const sentMs = performance.now();
  const { localTime } = (await runCommand(connection, { hello: 1 })) as { readonly localTime: Date };
  const roundTripMs = performance.now() - sentMs;
  return { offsetMs: localTime.getTime() - (sentMs + roundTripMs / 2), roundTripMs };
}

/**
 * Measures the primary's clock, and again every 10 s. The wall clock of this machine is never read: it may be wrong,
 * or jump.
 */
export async function followClock(connection: Connection): Promise<FollowingClock> {
  let { offsetMs } = await measure(connection);
  const timer = setInterval(() => {
    measure(connection).then(
      (measurement) => {
        if (measurement.roundTripMs <= LONGEST_ROUND_TRIP_MS) ({ offsetMs } = measurement);
      },
      // While nobody answers, the monotonic clock carries the last offset on.
      () => undefined,
    );
  }, MEASURE_INTERVAL_MS);
  timer.unref();
  return { clock: { now: () => new Date(performance.now() + offsetMs) }, stop: () => clearInterval(timer) };
}
