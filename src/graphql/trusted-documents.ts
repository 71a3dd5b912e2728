import { NoSchemaIntrospectionCustomRule, parse, specifiedRules, validate, type GraphQLSchema } from 'graphql';
import { limitRules } from './limit-rules.js';
import type { Limits } from './limits.js';

/** What a request names a document by. Left out: not given. */
export interface DocumentReference {
  /** `documentId`, and the hash of `extensions.persistedQuery`. */
  readonly ids: readonly string[];
  readonly text: string | undefined;
}

/** The only documents that are run. */
export interface TrustedDocuments {
  /**
   * The text of the one document that everything in the reference names: ids as the manifest has them, or behind
   * `sha256:`; a text that equals a stored one byte for byte. `null` where there is none, or more than one.
   */
  find(reference: DocumentReference): string | null;
}

export interface ManifestOptions {
  /** JSON: an object of documents by their hash, as the client preset of GraphQL Code Generator writes it. */
  readonly manifest: string;
  /** That the documents have to fit, without introspection. */
  readonly schema: GraphQLSchema;
  readonly limits: Limits;
  /** What pages of our own send, trusted by its text. Left out: nothing. */
  readonly ours?: readonly string[] | undefined;
}

/**
 * Reads a manifest of documents.
 *
 * @see https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#persisted-documents
 * @throws TypeError that names every document which the server could not run, with the reason
 */
export function readTrustedDocuments({ manifest, schema, limits, ours = [] }: ManifestOptions): TrustedDocuments {
  const byId = new Map(Object.entries(parseManifest(manifest)));
  const faults = [...byId].flatMap(([id, text]) => {
    const [fault] = faultsOf(text, schema, limits);
    return fault === undefined ? [] : [`document ${id}: ${fault}`];
  });
  if (faults.length > 0) throw new TypeError(faults.join('\n  '));
  const texts = new Set([...byId.values(), ...ours]);
  const textOf = (id: string): string | null => byId.get(id) ?? byId.get(id.replace(/^sha256:/, '')) ?? null;
  return {
    find({ ids, text }) {
      const named = ids.map(textOf);
      if (text !== undefined) named.push(texts.has(text) ? text : null);
      const [document = null, ...others] = new Set(named);
      return others.length === 0 ? document : null;
    },
  };
}

function parseManifest(manifest: string): Record<string, string> {
  let documents: unknown;
  try {
    documents = JSON.parse(manifest);
  } catch {
    throw new TypeError('is not JSON');
  }
  const isObject = typeof documents === 'object' && documents !== null && !Array.isArray(documents);
  const entries = isObject ? Object.values(documents as object) : [];
  if (entries.length === 0 || !entries.every((text) => typeof text === 'string')) {
    throw new TypeError('has to be an object of documents by their hash');
  }
  return documents as Record<string, string>;
}

function faultsOf(text: string, schema: GraphQLSchema, limits: Limits): readonly string[] {
  const rules = [...specifiedRules, NoSchemaIntrospectionCustomRule, ...limitRules(limits)];
  try {
    const document = parse(text, { maxLexicalTokens: limits.tokens });
    return validate(schema, document, rules).map(({ message }) => message);
  } catch (error) {
    return [(error as Error).message];
  }
}
