import { isAppError } from '@holdfast/kernel';
import { type Attributes, type Link, type Span, type SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { logContext } from '../logging/log-context.js';

export interface SpanSettings {
  readonly kind: SpanKind;
  /** Ids, counts and codes; never names, addresses, subjects, tokens or whole addresses of requests. */
  readonly attributes?: Attributes;
  /** Traces that this one has to do with. */
  readonly links?: Link[];
  /** Whether a trace begins here where there is none; else what nobody asked for has no span. */
  readonly mayBegin?: boolean;
}

/** Does work in a span of its own, which ends with it and has the code of what it throws. */
export function inSpan<T>(name: string, settings: SpanSettings, work: (span?: Span) => Promise<T>): Promise<T> {
  if (!settings.mayBegin && !trace.getActiveSpan()) return work();
  return tracer().startActiveSpan(name, optionsOf(settings), async (span) => {
    try {
      return await work(span);
    } catch (error) {
      fail(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** A span that is ended by whoever starts it. */
export function startSpan(name: string, settings: SpanSettings): Span {
  return tracer().startSpan(name, optionsOf(settings));
}

/** Adds to what the span that goes on says; nothing happens where there is none. */
export function tellSpan(attributes: Attributes): void {
  trace.getActiveSpan()?.setAttributes(attributes);
}

/** Notes the code of a failure; its message may quote what is a customer's. */
export function fail(span: Span, error: unknown): void {
  const code = isAppError(error) ? error.code : error instanceof Error ? error.name : 'unknown';
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: code });
}

const tracer = () => trace.getTracer('holdfast');

function optionsOf({ kind, attributes, links }: SpanSettings) {
  return { kind, attributes: { ...idsOfWork(), ...attributes }, ...(links && { links }) };
}

/** The ids of the work that goes on, as attributes. */
function idsOfWork(): Attributes {
  const { tenant, job, task, resource } = logContext();
  return {
    ...(tenant !== undefined && { 'holdfast.tenant.id': tenant }),
    ...(job !== undefined && { 'holdfast.job.id': job }),
    ...(task !== undefined && { 'holdfast.task.id': task }),
    ...(resource !== undefined && { 'holdfast.resource.id': resource }),
  };
}
