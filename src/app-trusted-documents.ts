import { readFileSync } from 'node:fs';
import { ConfigurationError, type Config } from './config.js';
import { MAIL_PAGE_DOCUMENTS } from './http/mail-pages.js';
import { REFRESH_PAGE_DOCUMENTS } from './http/refresh-page-script.js';
import { readTrustedDocuments, type ManifestOptions, type TrustedDocuments } from './graphql/trusted-documents.js';

/** What the pages of ours send, which runs whatever documents the application trusts. */
const PAGE_DOCUMENTS = [...MAIL_PAGE_DOCUMENTS, ...REFRESH_PAGE_DOCUMENTS];

/**
 * The documents of `TRUSTED_DOCUMENTS`; `null` where it is not set.
 *
 * @throws ConfigurationError where the file cannot be read, or holds what this server could not run
 */
export function loadTrustedDocuments(
  { trustedDocuments: path }: Config,
  options: Omit<ManifestOptions, 'manifest' | 'ours'>,
): TrustedDocuments | null {
  if (path === null) return null;
  try {
    return readTrustedDocuments({ ...options, ours: PAGE_DOCUMENTS, manifest: readFileSync(path, 'utf8') });
  } catch (error) {
    throw new ConfigurationError([`TRUSTED_DOCUMENTS: ${path}: ${(error as Error).message}`]);
  }
}
