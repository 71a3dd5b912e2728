import type { FastifyRequest } from 'fastify';
import type { DocumentReference, TrustedDocuments } from '../graphql/trusted-documents.js';

type Parameters = Readonly<Record<string, unknown>>;

/**
 * Puts the trusted document that the request names in the place of what it asks to run. A request that asks for nothing
 * that could run is left to Apollo, which answers it.
 *
 * @see https://github.com/graphql/graphql-over-http/blob/main/spec/Appendix%20A%20--%20Persisted%20Documents.md
 * @returns whether it may go on; not where it asks for anything else
 */
export function replaceByTrusted(documents: TrustedDocuments, request: FastifyRequest): boolean {
  if (request.method === 'GET') return replaceInUrl(documents, request);
  const trusted = trustBody(documents, request.body);
  if (trusted === null) return false;
  request.body = trusted.body;
  return true;
}

/** The body with the trusted document in it; `null` where it asks for another one. */
export function trustBody(documents: TrustedDocuments, body: unknown): { readonly body: unknown } | null {
  // A list is a batch, a text no GraphQL over HTTP: Apollo refuses both.
  if (!isParameters(body) || Object.keys(body).length === 0) return { body };
  const document = documents.find(referenceOf(body, body['extensions']));
  if (document === null) return null;
  const extensions = withoutHash(body['extensions']);
  // One that is undefined counts as given.
  const kept = extensions === undefined ? {} : { extensions };
  return { body: { ...without(body, 'documentId', 'extensions'), query: document, ...kept } };
}

function replaceInUrl(documents: TrustedDocuments, request: FastifyRequest): boolean {
  const [path = '', search = ''] = request.url.split(/\?(.*)/s, 2);
  const parameters = new URLSearchParams(search);
  if (!['query', 'documentId', 'extensions'].some((name) => parameters.has(name))) return true;
  const extensions = parseExtensions(parameters.get('extensions'));
  const document = documents.find(referenceOf(Object.fromEntries(parameters), extensions));
  if (document === null) return false;
  parameters.delete('documentId');
  parameters.set('query', document);
  const kept = withoutHash(extensions);
  if (kept === undefined) parameters.delete('extensions');
  else parameters.set('extensions', JSON.stringify(kept));
  request.raw.url = `${path}?${parameters.toString()}`;
  return true;
}

/** Empty counts as not given, as it does to Apollo. What is no text is kept, as one that no document has. */
function referenceOf({ query, documentId }: Parameters, extensions: unknown): DocumentReference {
  const persisted = isParameters(extensions) ? extensions['persistedQuery'] : undefined;
  const hash = isParameters(persisted) ? persisted['sha256Hash'] : undefined;
  const [text, ...ids] = [query, documentId, hash].map(textOf);
  return { text, ids: ids.filter((id) => id !== undefined) };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return value === undefined || value === null ? undefined : JSON.stringify(value);
}

function withoutHash(extensions: unknown): unknown {
  if (!isParameters(extensions)) return extensions;
  const others = without(extensions, 'persistedQuery');
  return Object.keys(others).length === 0 ? undefined : others;
}

const without = (parameters: Parameters, ...left: readonly string[]): Parameters =>
  Object.fromEntries(Object.entries(parameters).filter(([name]) => !left.includes(name)));

function parseExtensions(text: string | null): unknown {
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // Kept as it is: Apollo says that it is no JSON.
    return text;
  }
}

const isParameters = (value: unknown): value is Parameters =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
