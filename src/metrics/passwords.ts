import { Gauge, Histogram, type Registry } from 'prom-client';
import type { Passwords } from '../domain/password.js';

const BUCKETS_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Times hashes, waiting included, and tells how many are on their way. */
export function watchPasswords(registry: Registry): (passwords: Passwords) => Passwords {
  const registers = [registry];
  const pending = new Gauge({
    name: 'latchkey_password_hashes_pending',
    help: 'Password hashes that run or wait for a thread.',
    registers,
  });
  const duration = new Histogram({
    name: 'latchkey_password_hash_duration_seconds',
    help: 'How long a password hash takes, with the wait for a thread and for others that are answered together.',
    buckets: BUCKETS_SECONDS,
    registers,
  });

  async function timed<Result>(hash: () => Promise<Result>): Promise<Result> {
    const end = duration.startTimer();
    pending.inc();
    try {
      return await hash();
    } finally {
      pending.dec();
      end();
    }
  }
  return (passwords) => ({
    ...passwords,
    hash: (password) => timed(() => passwords.hash(password)),
    verify: (...given) => timed(() => passwords.verify(...given)),
  });
}
