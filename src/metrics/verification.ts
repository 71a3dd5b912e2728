import { Counter, type Registry } from 'prom-client';
import type { Authenticate } from '../domain/authentication.js';

/** Hears where a verification came from. */
export type NoteSource = (source: 'memory' | 'signature') => void;

/** Counts access tokens by what they proved to be, and how often memory spared the signature. */
export function watchVerification(registry: Registry): {
  readonly watch: (authenticate: Authenticate) => Authenticate;
  readonly noteSource: NoteSource;
} {
  const registers = [registry];
  const verifications = new Counter({
    name: 'latchkey_access_token_verifications_total',
    help: 'Access tokens that were presented, by outcome: ok, foreign (no token of ours), or the code of the refusal.',
    labelNames: ['outcome'],
    registers,
  });
  const sources = new Counter({
    name: 'latchkey_access_token_checks_total',
    help: 'Where access tokens were judged from: memory, or their signature.',
    labelNames: ['source'],
    registers,
  });
  return {
    watch: (authenticate) => async (accessToken) => {
      const credential = await authenticate(accessToken);
      const outcome =
        credential.kind === 'unusable' ? credential.code : credential.kind === 'principal' ? 'ok' : credential.kind;
      verifications.inc({ outcome });
      return credential;
    },
    noteSource: (source) => sources.inc({ source }),
  };
}
