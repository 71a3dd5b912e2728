import { once } from 'node:events';
import { connect } from 'node:net';
import { PASSWORD, SIGN_IN } from '../../http/support/people.js';

/** A request that the server has begun with, and waits for the rest of. */
export interface HeldRequest {
  /** Sends the rest; what was answered, whole. */
  finish(): Promise<string>;
}

/** Sends all but the body of a sign-in, over a connection of its own; resolves once the server has begun with it. */
export async function holdSignIn(origin: string, email: string, password = PASSWORD): Promise<HeldRequest> {
  const { hostname, port } = new URL(origin);
  const body = JSON.stringify({ query: SIGN_IN, variables: { input: { email, password } } });
  const socket = connect(Number(port), hostname).setEncoding('utf8');
  let answer = '';
  socket.on('data', (text: string) => (answer += text));
  const head = ['POST /graphql HTTP/1.1', `Host: ${hostname}`, 'Content-Type: application/json'];
  socket.write([...head, `Content-Length: ${Buffer.byteLength(body)}`, 'Expect: 100-continue', '', ''].join('\r\n'));
  while (!answer.includes('100 Continue')) await once(socket, 'data');
  return {
    async finish() {
      socket.write(body);
      await once(socket, 'close');
      return answer.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, '');
    },
  };
}
