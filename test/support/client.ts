/** How a client looks to the server. */
export interface ClientOptions {
  /** A browser keeps cookies and sends `Origin` and `Sec-Fetch-Site`; a program sends neither. */
  readonly kind?: 'browser' | 'program';
  /** Whose page it is, for a browser; the server's own by default. */
  readonly origin?: string;
}

/** One entry of `errors`. */
export interface AnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** An answer over HTTP. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { readonly data?: Readonly<Record<string, unknown>> | null; readonly errors?: readonly AnswerError[] };
  /** The code of the first error. */
  readonly code: string | undefined;
  /** What stands at this path of `data`, such as `signIn.user.id`; throws, with the whole answer, where it is no text. */
  text(path: string): string;
}

/** A client over real HTTP. */
export interface Client {
  readonly cookies: Map<string, string>;
  /** Sends an operation, as this client's kind does. */
  ask(query: string, options?: AskOptions): Promise<Answer>;
  /** Sends anything, with this client's headers. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

export interface AskOptions {
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
  /** For `Authorization: Bearer`. */
  readonly token?: string | null;
  readonly headers?: Record<string, string>;
}

/** Makes a client with no cookies yet. */
export function createClient(serverOrigin: string, { kind = 'program', origin }: ClientOptions = {}): Client {
  const cookies = new Map<string, string>();

  async function send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (kind === 'browser') {
      if (cookies.size > 0) headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
      const pageOrigin = origin ?? serverOrigin;
      if (!headers.has('origin')) headers.set('origin', pageOrigin);
      if (!headers.has('sec-fetch-site')) {
        headers.set('sec-fetch-site', pageOrigin === serverOrigin ? 'same-origin' : 'cross-site');
      }
    }
    const response = await fetch(new URL(path, serverOrigin), { ...init, headers });
    if (kind === 'browser') response.headers.getSetCookie().forEach((line) => keepCookie(cookies, line));
    return response;
  }

  return {
    cookies,
    fetch: send,
    async ask(query, { variables, operationName, token, headers = {} } = {}) {
      const response = await send('/graphql', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token != null && { authorization: `Bearer ${token}` }),
          ...headers,
        },
        body: JSON.stringify({ query, variables, operationName }),
      });
      return readAnswer(response);
    },
  };
}

/** Reads the body of an answer of `/graphql`. */
export async function readAnswer(response: Response): Promise<Answer> {
  const body = (await response.json()) as Answer['body'];
  const code = body.errors?.[0]?.extensions['code'] as string | undefined;
  return {
    ...{ status: response.status, headers: response.headers, body, code },
    text(path) {
      const value = path.split('.').reduce(step, body.data);
      if (typeof value !== 'string') throw new TypeError(`There is no text at ${path} of ${JSON.stringify(body)}`);
      return value;
    },
  };
}

const step = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;

function keepCookie(cookies: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
  const name = pair.slice(0, pair.indexOf('='));
  if (attributes.some((attribute) => /^max-age=0$/i.test(attribute))) cookies.delete(name);
  else cookies.set(name, pair.slice(name.length + 1));
}
