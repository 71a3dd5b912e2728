import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { AuthError } from '../../src/domain/errors.js';
import { translateMongoError } from '../../src/stores/mongo/errors.js';

test('a write to a socket that MongoDB has just closed is SERVICE_UNAVAILABLE, though the driver does not wrap it', async () => {
  const server = createServer((other) => other.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.resume();
  await once(socket, 'end');
  const failure = once(socket, 'error');
  socket.write('late');
  const [error] = (await failure) as [NodeJS.ErrnoException];
  server.close();

  expect(error.code).toBe('EPIPE');
  const translated = translateMongoError(error);
  expect(translated).toBeInstanceOf(AuthError);
  expect(translated).toMatchObject({ code: 'SERVICE_UNAVAILABLE', cause: error });
});
