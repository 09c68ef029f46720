import type { MessageDefinition } from '@holdfast/contracts';
import { SpanKind } from '@opentelemetry/api';
import { idsOf } from '../bus/ids-of.js';
import { withLogContext } from '../logging/log-context.js';
import { inSpan } from './in-span.js';
import { type Carrier, carried, resume } from './work-context.js';

/** Sends a message in a span of its own, under the ids of its work; `send` is given what the message has to carry. */
export function inSendSpan<T>(
  { name }: MessageDefinition,
  payload: object,
  send: (carrier: Carrier) => Promise<T>,
): Promise<T> {
  const settings = settingsOf(name, 'send', SpanKind.PRODUCER);
  return withLogContext(idsOf(payload), () => inSpan(`send ${name}`, settings, () => send(carried())));
}

/** Handles a message in the trace of who sent it, under the ids of its work. */
export function inHandlerSpan<T>(
  { name }: MessageDefinition,
  payload: object,
  carrier: Carrier,
  handle: () => Promise<T>,
): Promise<T> {
  const settings = settingsOf(name, 'process', SpanKind.CONSUMER);
  return resume(carrier, () => withLogContext(idsOf(payload), () => inSpan(`process ${name}`, settings, handle)));
}

const settingsOf = (name: string, operation: 'send' | 'process', kind: SpanKind) => ({
  kind,
  attributes: { 'messaging.operation.type': operation, 'messaging.destination.name': name },
});
