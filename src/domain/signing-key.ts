/** What access tokens may be signed with. RFC 8037 (EdDSA with Ed25519), RFC 7518 section 3. */
export type SigningAlgorithm = 'EdDSA' | 'ES256' | 'RS256';
