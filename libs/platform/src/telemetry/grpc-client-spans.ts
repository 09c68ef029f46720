import { SpanKind } from '@opentelemetry/api';
import { inSpan } from './in-span.js';

/** Calls a gRPC method, with all its repetitions, in one span. `path` is `/package.Service/Method`. */
export function inCallSpan<T>(path: string, call: () => Promise<T>): Promise<T> {
  const method = path.slice(1);
  const attributes = { 'rpc.system.name': 'grpc', 'rpc.method': method };
  return inSpan(method, { kind: SpanKind.CLIENT, attributes }, call);
}
