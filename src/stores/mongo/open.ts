import type { Clock } from '../../domain/clock.js';
import { AuthError } from '../../domain/errors.js';
import type { Stores } from '../../domain/stores.js';

/** Opens the MongoDB database that the URL names. */
export async function openMongoStores(url: string, options: { readonly clock?: Clock | undefined }): Promise<Stores> {
  throw new AuthError('SERVICE_UNAVAILABLE', { cause: { url, options } });
}
