/** A benchmark: a file of `bench`, by its name. */
export interface Question {
  readonly name: string;
  /** What makes it a matter of seconds, which say nothing but that it works. */
  readonly short: readonly string[];
  readonly needsMongodb?: boolean;
  readonly hasRivals?: boolean;
}

const QUICK = ['--seconds=0.3', '--rounds=1'];

/** In the order in which `docs/benchmarks.md` has them. */
export const QUESTIONS: readonly Question[] = [
  { name: 'verified-requests', short: QUICK, hasRivals: true },
  { name: 'guarded-lists', short: QUICK },
  { name: 'refreshes', short: [...QUICK, '--sessions=1'], hasRivals: true },
  // Both cores hash for as long as that, and ten times as long at first.
  { name: 'sign-ins', short: ['--seconds=0.2', '--rounds=1'], hasRivals: true },
  { name: 'many-sessions', short: ['--sessions=1000', '--users=400', '--rounds=1'] },
  { name: 'revocation-delivery', short: ['--rounds=20'], needsMongodb: true },
  { name: 'revocation-spread', short: ['--revocations=200', '--rounds=1'], needsMongodb: true },
  { name: 'revocation-index', short: ['--count=2000'] },
  { name: 'verified-tokens', short: ['--tokens=20', '--remembered=200'] },
  { name: 'directives', short: ['--rows=500', '--rounds=3'] },
  { name: 'start', short: ['--rounds=1'] },
  { name: 'memory', short: ['--sessions=500', '--rounds=1'] },
  { name: 'mongodb-size', short: ['--documents=200'], needsMongodb: true },
  { name: 'mongodb-oplog', short: ['--people=5', '--quiet-seconds=1'], needsMongodb: true },
  { name: 'feed-simulation', short: ['--hours=0.002'] },
];

/** One figure that a question is asked for, and how good it is to be. */
export interface Aim {
  /** In a few words. */
  readonly says: string;
  readonly question: string;
  readonly row: string;
  readonly column: string;
  readonly least?: number;
  readonly most?: number;
}

const speed = { question: 'verified-requests', column: 'oursIsTimesAsFast' };
const onMongodb = { question: 'verified-requests', column: 'oursOnMongodbIsTimesAsFast' };
const refresh = { question: 'refreshes' };
const signIn = { question: 'sign-ins', column: 'ratio' };
const size = { question: 'many-sessions', column: 'ratio', most: 1.3 };

/** What it is to reach. */
export const AIMS: readonly Aim[] = [
  { says: 'verified request, bare Apollo Server on Fastify', ...speed, row: 'Apollo Server on Fastify', least: 1 },
  { says: 'the same, on `node:http`', ...speed, row: 'Apollo Server on node:http', least: 0.95 },
  { says: 'the same, on Express', ...speed, row: 'Apollo Server on Express', least: 3 },
  { says: 'the same, better-auth with its cookie cache', ...speed, row: 'better-auth, SQLite, cookieCache', least: 10 },
  { says: 'the same, better-auth without', ...speed, row: 'better-auth, SQLite', least: 12 },
  { says: 'the same, accounts-js', ...onMongodb, row: 'accounts-js, MongoDB', least: 30 },
  { says: 'the same, express-session with connect-mongo', ...onMongodb, row: 'express-session, MongoDB', least: 10 },
  { says: 'the same, passport-jwt, RS256', ...speed, row: 'passport-jwt, RS256', least: 6 },
  {
    says: 'list of 200 rows, without directives',
    question: 'guarded-lists',
    row: 'three guards a row',
    column: 'ratio',
    least: 0.95,
  },
  {
    says: 'token seen before, `jose` alone',
    question: 'verified-tokens',
    row: 'EdDSA',
    column: 'hitsPerSignature',
    least: 100,
  },
  {
    says: 'token not seen before, `jose` alone',
    question: 'verified-tokens',
    row: 'EdDSA',
    column: 'firstPerSignature',
    least: 0.9,
  },
  {
    says: 'refresh on MongoDB, `findOneAndUpdate` alone',
    ...refresh,
    row: 'findOneAndUpdate alone',
    column: 'mongodbIsTimesAsFast',
    least: 0.6,
  },
  {
    says: 'refresh on SQLite, the same that is not durable',
    ...refresh,
    row: 'Latchkey, SQLite, not durable',
    column: 'sqliteIsTimesAsFast',
    least: 0.8,
  },
  {
    says: 'refresh on MongoDB, accounts-js',
    ...refresh,
    row: 'accounts-js, MongoDB',
    column: 'mongodbIsTimesAsFast',
    least: 2,
  },
  {
    says: 'refresh on SQLite, accounts-js',
    ...refresh,
    row: 'accounts-js, MongoDB',
    column: 'sqliteIsTimesAsFast',
    least: 15,
  },
  { says: 'sign-in, argon2id alone', ...signIn, row: 'argon2id alone', least: 0.9 },
  { says: 'sign-in, better-auth', ...signIn, row: 'better-auth, SQLite', least: 5 },
  { says: 'sign-in, accounts-js', ...signIn, row: 'accounts-js, MongoDB', least: 5 },
  {
    says: 'p99 of verified requests while others sign in, when idle',
    ...signIn,
    row: 'p99 of verified requests, ms',
    most: 3,
  },
  ...['SQLite', 'MongoDB'].flatMap((store) =>
    ['refresh', 'sign-in', 'list of sessions', 'ban'].map((act) => ({
      ...{ says: `${act} with 1,000,000 sessions, with 10,000, ${store}`, ...size, row: `${store}, ${act}` },
    })),
  ),
  {
    says: '10,000 revocations, behind their writes, a bare change stream of the same',
    question: 'revocation-spread',
    row: 'the same at once, by a bare change stream',
    column: 'oursIsTimesAsFarBehind',
    most: 1.5,
  },
  {
    says: '10,000 sign-outs, with their writes, a bare change stream of as many inserts',
    question: 'revocation-spread',
    row: 'bare inserts, by a bare change stream',
    column: 'oursIsTimesAsLong',
    most: 1.5,
  },
  {
    says: 'start to first answer, bare Apollo Server',
    question: 'start',
    row: 'Latchkey, its store there',
    column: 'timesFromModules',
    most: 1.5,
  },
  {
    says: 'memory at 100,000 sessions, MB above bare Apollo Server',
    question: 'memory',
    row: 'Apollo Server, from node_modules',
    column: 'oursHasMore',
    most: 150,
  },
];
