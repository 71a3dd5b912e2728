/** What a refreshed session may cure. */
export interface Refusal {
  readonly code: string;
  /** Whether something was answered, and so was done, all the same. */
  readonly hasData: boolean;
}

/** Of the server: the access token is not good any more, or not there. */
export const CODES = ['TOKEN_EXPIRED', 'SESSION_EXPIRED', 'UNAUTHENTICATED'];

/**
 * The refusal that an answer holds, by the codes of the server: in JSON with HTTP 401, and in any answer of GraphQL. Any
 * other 401 is the application's own. Leaves the body to be read.
 */
export async function readRefusal(response: Response, isGraphQL: boolean): Promise<Refusal | null> {
  const type = response.headers.get('content-type') ?? '';
  const isRead = response.status === 401 || (response.ok && (isGraphQL || type.includes('/graphql-response+')));
  if (!isRead || !/^[^;]*\bjson\b/i.test(type)) return null;
  try {
    const answers = [await response.clone().json()].flat() as Partial<Answer>[];
    const codes = answers.flatMap(({ errors = [] }) => errors.map(({ extensions }) => extensions?.code));
    const code = CODES.find((known) => codes.includes(known));
    return code === undefined ? null : { code, hasData: answers.some((answer) => 'data' in answer) };
  } catch {
    // Not JSON after all, or cut off: who reads the body finds out.
    return null;
  }
}

interface Answer {
  readonly data: unknown;
  readonly errors: readonly { readonly extensions?: { readonly code?: unknown } }[];
}
