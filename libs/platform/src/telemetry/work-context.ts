import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { type LogContext, logContext, withLogContext } from '../logging/log-context.js';

/** The headers with which a call, a message or a row carries the trace that it belongs to, and the ids of the work (W3C). */
export type Carrier = Partial<Record<'traceparent' | 'tracestate' | 'baggage', string>>;

const IDS = ['tenant', 'job', 'task', 'resource'] as const satisfies readonly (keyof LogContext)[];
/** What an id is made of: a tenant may be named by whoever calls, and its name ends up in logs. */
const ID = /^[\w./:-]{1,120}$/;

/** What to carry from here; empty outside of a trace, and so always while tracing is off. */
export function carried(): Carrier {
  if (!trace.getActiveSpan()) return {};
  const ids = logContext();
  const entries = IDS.flatMap((name) => (ids[name] === undefined ? [] : [[name, { value: ids[name] }] as const]));
  const carrier: Carrier = {};
  const baggage = propagation.createBaggage(Object.fromEntries(entries));
  propagation.inject(propagation.setBaggage(context.active(), baggage), carrier);
  return carrier;
}

const HEADERS = ['traceparent', 'tracestate', 'baggage'] as const satisfies readonly (keyof Carrier)[];

/** What headers carry; `get` reads one by its name in lower case. */
export function carrierFrom(get: (name: string) => string | undefined): Carrier {
  const carrier: Carrier = {};
  for (const name of HEADERS) {
    const value = get(name);
    if (value) carrier[name] = value;
  }
  return carrier;
}

/** Whether something was carried here, so that what is done belongs to a trace. */
export function isCarried(carrier: Carrier): boolean {
  return carrier.traceparent !== undefined;
}

/** Does work in the trace, and under the ids, that were carried here; where nothing was, just does it. */
export function resume<T>(carrier: Carrier, work: () => T): T {
  if (!isCarried(carrier)) return work();
  const from = propagation.extract(ROOT_CONTEXT, carrier);
  return context.with(from, () => withLogContext(idsOf(from), work));
}

function idsOf(from: ReturnType<typeof context.active>): LogContext {
  const baggage = propagation.getBaggage(from);
  const ids = IDS.flatMap((name) => {
    const value = baggage?.getEntry(name)?.value;
    return value !== undefined && ID.test(value) ? [[name, value] as const] : [];
  });
  return Object.fromEntries(ids);
}

/** The ids that lead from a log line to the span that it was written in. */
export function traceOfLine(): { readonly trace_id?: string; readonly span_id?: string } {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
