import type { EventDefinition } from '@holdfast/contracts';
import type { TenantId } from '@holdfast/kernel';
import { familyOf } from './event-subject.js';

/** Before a subject, on core NATS: the stream has a message on it. */
export const BELL = 'holdfast.bell';

/** Name of the stream that keeps an event's family. */
export function streamOf(event: EventDefinition): string {
  return `holdfast-${familyOf(event)}`;
}

/**
 * Name of the durable consumer for a queue of a doorbell, or for the filter of a notice. Names have no dots. Of a doorbell, all listeners
 * share the queue's one, whatever they are called.
 */
export function consumerOf(event: EventDefinition, durable: string, queue: string): string {
  const text = event.kind === 'doorbell' ? queue : `${durable}.${queue.replaceAll('*', 'all')}`;
  return text.replaceAll('.', '_');
}

/** The subjects that a consumer is made for. */
export function consumerFilter(event: EventDefinition, queue: string): string {
  return event.kind === 'doorbell' ? `${queue}.*` : queue;
}

/** Where answers to a service come in: subjects of its own, so that no other hears them. */
export function inboxOf(service: string, tenant?: TenantId): string {
  return `_INBOX.${tenant === undefined ? service : `${service}-${tenant}`}`;
}
