import {
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { startSpan } from './in-span.js';
import { measure } from './measure.js';
import { type Carrier, carrierFrom, isCarried, resume } from './work-context.js';

/** A request as Express has it once it has found the route. */
interface RoutedRequest extends IncomingMessage {
  readonly route?: { readonly path?: unknown };
  readonly params?: Readonly<Record<string, unknown>>;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Path parameters that are ids of ours, and what spans call them. */
const IDS = [
  ['tenantId', 'holdfast.tenant.id'],
  ['jobId', 'holdfast.job.id'],
  ['backupSetId', 'holdfast.set.id'],
] as const;

/**
 * Has each HTTP request run in a span, and measures it. What a service of ours calls goes on in its trace; at the edge a trace
 * begins, which refers to the caller's: nobody outside decides what is kept.
 */
export function httpServerSpans({ isEdge }: { readonly isEdge: boolean }) {
  return (request: RoutedRequest, response: ServerResponse, next: () => void): void => {
    const startedAt = performance.now();
    const carrier = carrierFrom((name) => request.headers[name]?.toString());
    const span = isEdge || isCarried(carrier) ? begin(request, carrier, isEdge) : undefined;
    response.once('close', () => {
      const route = typeof request.route?.path === 'string' ? request.route.path : 'none';
      measure('http.server.request.duration', (performance.now() - startedAt) / 1_000, {
        'http.request.method': request.method ?? '',
        'http.route': route,
        'http.response.status_code': String(response.statusCode),
      });
      if (span) end(span, request, response, route);
    });
    if (!span) {
      next();
      return;
    }
    const within = () => context.with(trace.setSpan(context.active(), span), next);
    if (isEdge) within();
    else resume(carrier, within);
  };
}

function begin({ method = '' }: IncomingMessage, carrier: Carrier, isEdge: boolean): Span {
  const settings = { kind: SpanKind.SERVER, attributes: { 'http.request.method': method } };
  if (!isEdge) return resume(carrier, () => startSpan(method, settings));
  return startSpan(method, { ...settings, links: linksTo(carrier) });
}

function linksTo(carrier: Carrier): Link[] {
  const caller = trace.getSpanContext(propagation.extract(ROOT_CONTEXT, carrier));
  return caller ? [{ context: caller }] : [];
}

function end(span: Span, { method, params = {} }: RoutedRequest, response: ServerResponse, route: string): void {
  span.updateName(`${method ?? ''} ${route}`);
  span.setAttributes({ 'http.route': route, 'http.response.status_code': response.statusCode });
  for (const [param, attribute] of IDS) {
    const id = params[param];
    if (typeof id === 'string' && UUID.test(id)) span.setAttribute(attribute, id);
  }
  const requestId = response.getHeader('x-request-id');
  if (typeof requestId === 'string') span.setAttribute('holdfast.request.id', requestId);
  if (response.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR, message: String(response.statusCode) });
  span.end();
}
