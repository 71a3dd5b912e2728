import { SpanStatusCode, trace, type Attributes, type Tracer, type TracerProvider } from '@opentelemetry/api';
import type { Passwords } from '../domain/password.js';
import { aroundEachCall } from '../domain/store-calls.js';
import type { Stores } from '../domain/stores.js';
import { AuthError } from '../domain/errors.js';

/** What this process tells a collector of traces. No span holds a token, a password or an address. */
export interface Tracing {
  readonly tracer: Tracer;
  /** The same stores: a span for each call of the database. */
  traceStores(stores: Stores): Stores;
  /** The same hasher: a span for each hash, waiting included. */
  tracePasswords(passwords: Passwords): Passwords;
}

const NAME = 'latchkey';

/**
 * Traces by the OpenTelemetry SDK that the program registered before; `null` where it registered none, so that nothing is
 * done for nobody.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/api/
 */
export function createTracing(): Tracing | null {
  const provider = trace.getTracerProvider();
  if (!isRegistered(provider)) return null;
  const tracer = provider.getTracer(NAME);

  const inSpan = <Result>(name: string, attributes: Attributes, act: () => Promise<Result>): Promise<Result> =>
    tracer.startActiveSpan(name, { attributes }, async (span) => {
      try {
        return await act();
      } catch (error) {
        const code = error instanceof AuthError ? error.code : 'INTERNAL_SERVER_ERROR';
        span.setAttribute('error.type', code).setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    });

  return {
    tracer,
    traceStores: (stores) =>
      aroundEachCall(stores, ({ port, method }, act) =>
        inSpan(`store ${port}.${method}`, { 'latchkey.store.port': port, 'latchkey.store.method': method }, act),
      ),
    tracePasswords: (passwords) => ({
      ...passwords,
      hash: (password) => inSpan('hash password', {}, () => passwords.hash(password)),
      verify: (...given) => inSpan('verify password', {}, () => passwords.verify(...given)),
    }),
  };
}

/** The API stands in for a provider that is registered later; until then there is none behind it. */
function isRegistered(provider: TracerProvider): boolean {
  const { getDelegateTracer } = provider as { readonly getDelegateTracer?: (name: string) => Tracer | undefined };
  return getDelegateTracer === undefined || getDelegateTracer.call(provider, NAME) !== undefined;
}
