import { connect } from 'node:net';

/** An answer, read without any understanding of HTTP beyond this. */
export interface RawAnswer {
  /** 0 where the server closed the connection without a word. */
  readonly status: number;
  readonly head: string;
  readonly body: string;
  /** All that came, of several answers. */
  readonly text: string;
}

/** Sends these bytes, as no proper client would, and reads until the server closes. */
export function sendRaw(origin: string, bytes: string | Buffer): Promise<RawAnswer> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // The server may stop reading before we stop writing: what it said meanwhile counts.
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('close', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const [head = '', body = ''] = text.split('\r\n\r\n', 2);
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), head, body, text });
    });
  });
}

/** A POST of this body to `/graphql`, with these lines as its further headers. */
export const rawPost = (body: string, headers: readonly string[] = [], host = 'localhost'): string =>
  [
    'POST /graphql HTTP/1.1',
    `Host: ${host}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
    '',
    body,
  ].join('\r\n');

/** A POST to `/graphql` of what says its length in these lines. */
export const rawPostFramed = (bytes: string, framing: readonly string[] = ['Transfer-Encoding: chunked']): string =>
  ['POST /graphql HTTP/1.1', 'Host: localhost', 'Content-Type: application/json', ...framing, '', bytes].join('\r\n');
