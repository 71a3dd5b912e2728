import { readFileSync } from 'node:fs';
import { ConfigurationError, type Config } from './config.js';
import { readTrustedDocuments, type ManifestOptions, type TrustedDocuments } from './graphql/trusted-documents.js';

/**
 * The documents of `TRUSTED_DOCUMENTS`; `null` where it is not set.
 *
 * @throws ConfigurationError where the file cannot be read, or holds what this server could not run
 */
export function loadTrustedDocuments(
  { trustedDocuments: path }: Config,
  options: Omit<ManifestOptions, 'manifest'>,
): TrustedDocuments | null {
  if (path === null) return null;
  try {
    return readTrustedDocuments({ ...options, manifest: readFileSync(path, 'utf8') });
  } catch (error) {
    throw new ConfigurationError([`TRUSTED_DOCUMENTS: ${path}: ${(error as Error).message}`]);
  }
}
