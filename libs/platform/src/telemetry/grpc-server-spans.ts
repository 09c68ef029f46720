import { type ServerInterceptor, ServerInterceptingCall, status } from '@grpc/grpc-js';
import { context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { startSpan } from './in-span.js';
import { measure } from './measure.js';
import { type Carrier, carrierFrom, isCarried, resume } from './work-context.js';

/** Health is asked for by machines, all the time. */
const UNTOLD = '/grpc.health.';

/** Has each gRPC method run in the trace of its caller, and measures it. */
export const grpcServerSpans: ServerInterceptor = ({ path }, call) => {
  if (path.startsWith(UNTOLD)) return new ServerInterceptingCall(call);
  const method = path.slice(1);
  const startedAt = performance.now();
  let carrier: Carrier = {};
  let span: Span | undefined;
  const within = (work: () => void) => {
    const started = span;
    if (started) resume(carrier, () => context.with(trace.setSpan(context.active(), started), work));
    else work();
  };
  return new ServerInterceptingCall(call, {
    start: (next) =>
      next({
        onReceiveMetadata: (metadata, proceed) => {
          carrier = carrierFrom((name) => metadata.get(name)[0]?.toString());
          if (isCarried(carrier)) span = resume(carrier, () => startSpan(method, spanSettings(method)));
          proceed(metadata);
        },
        // The method is called when the caller has said all.
        onReceiveHalfClose: within,
        onCancel: () => end(span, status.CANCELLED),
      }),
    sendStatus: (outcome, proceed) => {
      measure('rpc.server.call.duration', (performance.now() - startedAt) / 1_000, {
        'rpc.method': method,
        'rpc.response.status_code': status[outcome.code],
      });
      end(span, outcome.code);
      proceed(outcome);
    },
  });
};

const spanSettings = (method: string) => ({
  kind: SpanKind.SERVER,
  attributes: { 'rpc.system.name': 'grpc', 'rpc.method': method },
});

function end(span: Span | undefined, code: status): void {
  if (!span) return;
  span.setAttribute('rpc.response.status_code', status[code]);
  if (code !== status.OK) span.setStatus({ code: SpanStatusCode.ERROR, message: status[code] });
  span.end();
}
