import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'libsql';
import mongoose from 'mongoose';
import { databasePath } from '../../../src/stores/sqlite/path.js';

type Row = Readonly<Record<string, unknown>>;

/** Every row of the database by table or collection, past Latchkey: what stands there, not what it makes of it. */
export async function readRows(url: string): Promise<Record<string, Row[]>> {
  return url.startsWith('file:') ? readTables(url) : withMongo(url, readCollections);
}

/** As `readRows`, without the rows by which servers show each other that they run, and the counts of tries. */
export async function readContent(url: string): Promise<Record<string, Row[]>> {
  const tables = Object.entries(await readRows(url));
  return Object.fromEntries(tables.filter(([name]) => name !== 'heartbeats' && name !== 'attempts'));
}

function readTables(url: string): Record<string, Row[]> {
  return withSqlite(url, (database) => {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all() as Row[];
    return Object.fromEntries(
      tables.map(({ name }) => [String(name), database.prepare(`SELECT * FROM ${String(name)}`).all() as Row[]]),
    );
  });
}

async function readCollections(database: mongoose.mongo.Db): Promise<Record<string, Row[]>> {
  const collections = await database.listCollections({}, { nameOnly: true }).toArray();
  const names = collections.map(({ name }) => name).sort();
  const entries = names.map(async (name) => [name, await database.collection(name).find().sort({ _id: 1 }).toArray()]);
  return Object.fromEntries(await Promise.all(entries)) as Record<string, Row[]>;
}

/** Every byte that the database holds: SQLite's files, `-wal` included; each document of MongoDB as EJSON. */
export async function dumpStore(url: string): Promise<Buffer> {
  if (!url.startsWith('file:')) {
    return Buffer.from(mongoose.mongo.BSON.EJSON.stringify(await readRows(url), { relaxed: false }));
  }
  const folder = dirname(databasePath(url));
  return Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
}

/** Deletes a row behind Latchkey's back. */
export async function deleteRow(url: string, table: 'users' | 'sessions', id: string): Promise<void> {
  if (url.startsWith('file:')) {
    withSqlite(url, (database) => database.prepare(`DELETE FROM ${table} WHERE id = ?`).run([id]));
    return;
  }
  await withMongo(url, (database) => database.collection<{ _id: string }>(table).deleteOne({ _id: id }));
}

/** Gives a user what no client could: a password hash, or roles that the server does not know. */
export async function writeUser(url: string, id: string, change: UserWrite): Promise<void> {
  const { passwordHash, roles } = change;
  if (!url.startsWith('file:')) {
    await withMongo(url, (database) =>
      database.collection<{ _id: string }>('users').updateOne({ _id: id }, { $set: change }),
    );
    return;
  }
  withSqlite(url, (database) => {
    database.exec('PRAGMA ignore_check_constraints = ON');
    if (passwordHash !== undefined)
      database.prepare('UPDATE users SET password_hash = ? WHERE id = ?').run([passwordHash, id]);
    if (roles !== undefined)
      database.prepare('UPDATE users SET roles = ? WHERE id = ?').run([JSON.stringify(roles), id]);
  });
}

/** Writes what a role allows behind Latchkey's back; `null` deletes the row. */
export async function writePermissions(
  url: string,
  role: string,
  permissions: readonly string[] | null,
): Promise<void> {
  if (url.startsWith('file:')) {
    withSqlite(url, (database) =>
      permissions === null
        ? database.prepare('DELETE FROM role_permissions WHERE role = ?').run([role])
        : database
            .prepare('UPDATE role_permissions SET permissions = ? WHERE role = ?')
            .run([JSON.stringify(permissions), role]),
    );
    return;
  }
  await withMongo(url, async (database) => {
    const collection = database.collection<{ _id: string }>('rolePermissions');
    if (permissions === null) await collection.deleteOne({ _id: role });
    else await collection.updateOne({ _id: role }, { $set: { permissions } });
  });
}

export interface UserWrite {
  readonly passwordHash?: string;
  readonly roles?: readonly string[];
}

function withSqlite<Result>(url: string, act: (database: Database.Database) => Result): Result {
  const database = new Database(databasePath(url), { timeout: 5000 });
  try {
    return act(database);
  } finally {
    database.close();
  }
}

/** Runs this on the database itself, on a connection of its own. */
export async function withMongo<Result>(url: string, act: (db: mongoose.mongo.Db) => Promise<Result>): Promise<Result> {
  const connection = await mongoose.createConnection(url).asPromise();
  try {
    return await act(connection.getClient().db(connection.name));
  } finally {
    await connection.close();
  }
}
