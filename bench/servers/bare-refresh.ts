/**
 * A refresh by the libraries that we use, and little else: node:http, one update of the session's row that the disk
 * is waited for, one look at its user, one signature. No GraphQL, no grace, no theft, no ban. On the MongoDB of
 * `MONGODB_URI`, else on SQLite in the working directory, where what arrives in one turn is committed together.
 *
 * A request whose body has no `refreshToken` in it makes a session.
 */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import Database from 'libsql';
import mongoose from 'mongoose';
import { servePlainly } from './plain-server.js';

interface Rotation {
  readonly id: string;
  readonly hash: string;
  readonly nextHash: string;
}

interface Owner {
  readonly id: string;
  readonly ver: number;
  readonly roles: readonly string[];
}

interface BareStore {
  create(session: { readonly id: string; readonly hash: string; readonly owner: Owner }): Promise<void>;
  /** The owner, once the session has the next token. @throws Error where it does not have the one before */
  rotate(rotation: Rotation): Promise<Owner>;
}

function openSqlite(): BareStore {
  const database = new Database('bare.db');
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  database.exec(`CREATE TABLE users (id TEXT PRIMARY KEY, ver INTEGER, roles TEXT) STRICT, WITHOUT ROWID;
    CREATE TABLE sessions (id TEXT PRIMARY KEY, hash TEXT, previous_hash TEXT, generation INTEGER, user_id TEXT, used_at INTEGER)
      STRICT, WITHOUT ROWID`);
  const addUser = database.prepare('INSERT INTO users VALUES (?, ?, ?)');
  const addSession = database.prepare('INSERT INTO sessions VALUES (?, ?, NULL, 0, ?, ?)');
  const update = database.prepare(
    'UPDATE sessions SET previous_hash = hash, hash = ?, generation = generation + 1, used_at = ? WHERE id = ? AND hash = ? RETURNING user_id',
  );
  const findUser = database.prepare('SELECT id, ver, roles FROM users WHERE id = ?');
  let committed: Promise<void> | null = null;

  /** Resolves with the commit of all that this turn of the event loop asks for. */
  function join(): Promise<void> {
    if (committed !== null) return committed;
    database.exec('BEGIN IMMEDIATE');
    committed = new Promise((resolve) => {
      setImmediate(() => {
        committed = null;
        database.exec('COMMIT');
        resolve();
      });
    });
    return committed;
  }

  return {
    async create({ id, hash, owner }) {
      const done = join();
      addUser.run(owner.id, owner.ver, JSON.stringify(owner.roles));
      addSession.run(id, hash, owner.id, Date.now());
      await done;
    },
    async rotate({ id, hash, nextHash }) {
      const done = join();
      const [changed] = update.all(nextHash, Date.now(), id, hash) as { readonly user_id: string }[];
      if (changed === undefined) throw new Error('no such token');
      const [user] = findUser.all(changed.user_id) as { readonly id: string; readonly ver: number; roles: string }[];
      await done;
      return { ...user!, roles: JSON.parse(user!.roles) as string[] };
    },
  };
}

async function openMongodb(uri: string): Promise<BareStore> {
  const client = new mongoose.mongo.MongoClient(uri, {
    readConcernLevel: 'majority',
    writeConcern: { w: 'majority', journal: true },
  });
  await client.connect();
  const users = client.db().collection<{ _id: string; ver: number; roles: string[] }>('users');
  const sessions = client.db().collection<{ _id: string; hash: string; userId: string }>('sessions');
  return {
    async create({ id, hash, owner }) {
      await users.insertOne({ _id: owner.id, ver: owner.ver, roles: [...owner.roles] });
      await sessions.insertOne({ _id: id, hash, userId: owner.id });
    },
    async rotate({ id, hash, nextHash }) {
      const update = { $set: { hash: nextHash, previousHash: hash, usedAt: new Date() }, $inc: { generation: 1 } };
      const session = await sessions.findOneAndUpdate({ _id: id, hash }, update, { returnDocument: 'after' });
      if (session === null) throw new Error('no such token');
      const user = await users.findOne({ _id: session.userId });
      return { id: user!._id, ver: user!.ver, roles: user!.roles };
    },
  };
}

const { MONGODB_URI } = process.env;
const store = MONGODB_URI === undefined ? openSqlite() : await openMongodb(MONGODB_URI);
const { privateKey } = generateKeyPairSync('ed25519');
const draw = (bytes: number): string => randomBytes(bytes).toString('base64url');
const digestOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');
const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url');
const ORIGIN = 'https://auth.example.com';
const HEADER = encode({ alg: 'EdDSA', kid: draw(16), typ: 'at+jwt' });

function signFor({ id, ver, roles }: Owner, sid: string): string {
  const iat = Math.floor(Date.now() / 1_000);
  const claims = { sid, gen: 1, ver, roles, auth_time: iat, iss: ORIGIN, aud: ORIGIN, sub: id, jti: draw(16) };
  const input = `${HEADER}.${encode({ iat, exp: iat + 600, ...claims })}`;
  return `${input}.${sign(null, Buffer.from(input), privateKey).toString('base64url')}`;
}

async function answer(body: string): Promise<string> {
  const { variables } = JSON.parse(body) as { readonly variables?: { readonly input?: { refreshToken?: string } } };
  const [id = '', secret = ''] = variables?.input?.refreshToken?.split('.') ?? [];
  const nextSecret = draw(32);
  const nextHash = digestOf(nextSecret);
  if (secret !== '') {
    const owner = await store.rotate({ id, hash: digestOf(secret), nextHash });
    return pairOf(owner, id, nextSecret);
  }
  const owner = { id: draw(16), ver: Date.now(), roles: [] };
  const newId = draw(16);
  await store.create({ id: newId, hash: nextHash, owner });
  return pairOf(owner, newId, nextSecret);
}

const pairOf = (owner: Owner, id: string, secret: string): string =>
  JSON.stringify({ data: { refreshSession: { accessToken: signFor(owner, id), refreshToken: `${id}.${secret}` } } });

servePlainly(answer);
