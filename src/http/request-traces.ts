import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { notesOf } from '../graphql/steps/request-notes.js';
import { addEndHook } from './request-end.js';

/**
 * A span for each request, which continues the trace that its `traceparent` names; what the request causes lies below
 * it. Where an instrumentation of HTTP has made one already, that one is told what we know of the request.
 *
 * @see https://www.w3.org/TR/trace-context/
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/
 */
export function addRequestTraces(server: FastifyInstance, tracer: Tracer): void {
  const spans = new WeakMap<FastifyRequest, { readonly span: Span; readonly isOurs: boolean }>();

  // By callback: what is called inside has the context, also behind what it waits for.
  server.addHook('onRequest', (request, _reply, done) => {
    const present = trace.getActiveSpan();
    if (present !== undefined) {
      spans.set(request, { span: present, isOurs: false });
      done();
      return;
    }
    const parent = propagation.extract(ROOT_CONTEXT, request.headers);
    const route = request.routeOptions.url;
    const attributes = { 'http.request.method': request.method, ...(route !== undefined && { 'http.route': route }) };
    const span = tracer.startSpan(
      `${request.method} ${route ?? ''}`.trimEnd(),
      { kind: SpanKind.SERVER, attributes },
      parent,
    );
    spans.set(request, { span, isOurs: true });
    context.with(trace.setSpan(parent, span), done);
  });

  addEndHook(server, (request, reply) => {
    const made = spans.get(request);
    if (made === undefined) return;
    const { span, isOurs } = made;
    const { operation, operationType, codes = [] } = notesOf(request.raw) ?? {};
    if (operationType != null) span.setAttribute('graphql.operation.type', operationType);
    if (operation != null) span.setAttribute('graphql.operation.name', operation);
    if (codes.length > 0) span.setAttribute('latchkey.error.codes', [...codes]);
    if (!isOurs) return;
    span.setAttribute('http.response.status_code', reply.statusCode);
    if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  });
}
