/**
 * `better-auth` on Express 5, with e-mail and password, on MongoDB where `MONGODB_URI` says which, else on SQLite by libsql.
 * With `COOKIE_CACHE` a session is answered from its cookie for five minutes; with `JOINS`, session and user are one query.
 *
 * @see https://better-auth.com/docs/integrations/express
 * @see https://better-auth.com/docs/adapters/mongo
 * @see https://better-auth.com/docs/adapters/other-relational-databases
 * @see https://better-auth.com/docs/concepts/session-management#cookie-cache
 */
import { LibsqlDialect } from '@libsql/kysely-libsql';
import { betterAuth } from 'better-auth';
import { mongodbAdapter } from 'better-auth/adapters/mongodb';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import express from 'express';
import { MongoClient } from 'mongodb';

const { MONGODB_URI, COOKIE_CACHE, JOINS } = process.env;

async function onMongodb() {
  const client = new MongoClient(MONGODB_URI);
  const database = client.db();
  // It would make them all at once, by the way: a mongod under Wine hangs where that is done.
  for (const name of ['user', 'session', 'account', 'verification']) await database.createCollection(name);
  return mongodbAdapter(database, { client });
}

const onSqlite = () => ({ dialect: new LibsqlDialect({ url: 'file:better-auth.db' }), type: 'sqlite' });

async function handlerAt(baseURL) {
  const options = {
    baseURL,
    secret: 'a secret of thirty-two characters, and some more',
    database: MONGODB_URI === undefined ? onSqlite() : await onMongodb(),
    emailAndPassword: { enabled: true },
    session: { cookieCache: { enabled: COOKIE_CACHE !== undefined, maxAge: 5 * 60 } },
    advanced: { database: { joins: JOINS !== undefined } },
    // In production it refuses what comes more often than 100 times in ten seconds.
    rateLimit: { enabled: false },
  };
  if (MONGODB_URI === undefined) await (await getMigrations(options)).runMigrations();
  const auth = betterAuth(options);
  await auth.$context;
  return toNodeHandler(auth);
}

const app = express();
// It has to know its own address, which is known from here on.
const server = await new Promise((resolve) => {
  const listening = app.listen(0, '127.0.0.1', () => resolve(listening));
});
const origin = `http://127.0.0.1:${server.address().port}`;
const handler = await handlerAt(origin);
app.all('/api/auth/*splat', (request, response) => void handler(request, response));
console.log(origin);
