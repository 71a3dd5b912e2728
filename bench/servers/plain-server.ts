/** Answers each request with what comes of its body, on node:http and nothing else; says where, once it listens. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export function servePlainly(answer: (body: string) => Promise<string>): void {
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => (text += part));
    request.on('end', () => {
      answer(text).then(
        (body) => response.setHeader('content-type', 'application/json').end(body),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
  });
  server.listen(0, '127.0.0.1', () => {
    console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
}
