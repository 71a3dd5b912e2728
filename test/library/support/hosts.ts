import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';
import Fastify from 'fastify';
import type { RequestHandler } from '../../../src/http/request-handler.js';

/** A program of an application's own, listening, with `server.handler` in it. */
export interface Host {
  readonly origin: string;
  close(): Promise<void>;
}

export interface HostKind {
  readonly name: string;
  /** Where our paths begin. */
  readonly prefix: string;
  /** Whether ours are all there, and not `/graphql` alone. */
  readonly isWhole: boolean;
  /** Whether it has routes of its own beside ours: `GET /own` answers `own`, `POST /echo` its JSON. */
  readonly hasRoutes: boolean;
  start(handler: RequestHandler): Promise<Host>;
}

/** Starts any listener of node:http on a free port. */
export async function listen(listener: RequestListener): Promise<Host> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://localhost:${port}`, close: () => closeServer(server) };
}

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections();
  });

/** An Express program of its own routes, into which `install` puts ours. */
export function startExpress(install: (app: Express) => void): Promise<Host> {
  const app = express();
  install(app);
  app.get('/own', (_request, response) => void response.send('own'));
  app.post('/echo', express.json(), (request, response) => void response.json(request.body));
  return listen(app);
}

async function startFastify(handler: RequestHandler, prefix?: string): Promise<Host> {
  const app = Fastify();
  await app.register(handler, prefix === undefined ? {} : { prefix });
  app.get('/own', async () => 'own');
  app.post('/echo', async ({ body }) => body);
  await app.listen({ host: 'localhost', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return {
    origin: `http://localhost:${port}`,
    async close() {
      app.server.closeAllConnections();
      await app.close();
    },
  };
}

/** Every program that a test of the handler runs in. */
export const HOSTS: readonly HostKind[] = [
  { name: 'node:http', prefix: '', isWhole: true, hasRoutes: false, start: (handler) => listen(handler) },
  {
    ...{ name: 'Express', prefix: '', isWhole: true, hasRoutes: true },
    start: (handler) => startExpress((app) => void app.use(handler)),
  },
  {
    ...{ name: 'Express behind express.json()', prefix: '', isWhole: true, hasRoutes: true },
    start: (handler) => startExpress((app) => void app.use(express.json(), handler)),
  },
  {
    ...{ name: 'Express behind express.text() for JSON', prefix: '', isWhole: true, hasRoutes: true },
    start: (handler) => startExpress((app) => void app.use('/graphql', express.text({ type: '*/*' })).use(handler)),
  },
  {
    ...{ name: 'Express, mounted', prefix: '/auth', isWhole: true, hasRoutes: true },
    start: (handler) => startExpress((app) => void app.use('/auth', handler)),
  },
  {
    ...{ name: 'Express, mounted at /graphql itself', prefix: '', isWhole: false, hasRoutes: true },
    start: (handler) => startExpress((app) => void app.use('/graphql', handler)),
  },
  { name: 'Fastify', prefix: '', isWhole: true, hasRoutes: true, start: (handler) => startFastify(handler) },
  {
    name: 'Fastify with a prefix',
    prefix: '/auth',
    isWhole: true,
    hasRoutes: true,
    start: (handler) => startFastify(handler, '/auth'),
  },
];
