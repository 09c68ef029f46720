import { SpanKind, trace } from '@opentelemetry/api';
import { fail, startSpan } from './in-span.js';

/**
 * Has a transaction told of by a span, with the wait for its connection: `storage transaction`, or `storage sweep` and the sweep's name. It bears neither a
 * statement nor a value, and nothing hangs below it: what a transaction leaves for later belongs to who asked for it. Outside of a trace, and so while
 * tracing is off, it costs one look.
 */
export async function inTransactionSpan<T>(schema: string, purpose: string, work: () => Promise<T>): Promise<T> {
  if (!trace.getActiveSpan()) return work();
  const attributes = { 'db.system.name': 'postgresql', 'db.namespace': schema };
  const span = startSpan(`${schema} ${purpose}`, { kind: SpanKind.CLIENT, attributes });
  try {
    return await work();
  } catch (error) {
    fail(span, error);
    throw error;
  } finally {
    span.end();
  }
}
