import type { EventDefinition } from '@holdfast/contracts';
import { subjectOf } from '@holdfast/contracts';
import { AppError } from '@holdfast/kernel';
import type { z } from 'zod';

type AnyEvent = EventDefinition<z.ZodType<object>>;

/** A message as it travels: its subject and its JSON. */
export interface EncodedEvent {
  readonly subject: string;
  readonly data: Uint8Array;
}

/** Writes a message; INVALID_ARGUMENT when the payload breaks the event's schema. */
export function encodeEvent(event: AnyEvent, payload: object): EncodedEvent {
  const checked = event.schema.safeParse(payload);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw new AppError('INVALID_ARGUMENT', `The message ${event.name} breaks its schema and was not sent.`, {
      context: { field: issue?.path.join('.') ?? '', rule: issue?.message ?? '' },
    });
  }
  const subject = subjectOf(event.subject, { ...checked.data });
  return { subject, data: Buffer.from(JSON.stringify(checked.data)) };
}

/** The subject with each token as its value in `only`, or `*`. */
export function subjectFilter(event: AnyEvent, only: Readonly<Record<string, string>> = {}): string {
  return event.subject.replace(/\{(\w+)\}/g, (_, field: string) => only[field] ?? '*');
}

/** Whether a subject is one that a filter with `*` names. */
export function matches(filter: string, subject: string): boolean {
  const wanted = filter.split('.');
  const tokens = subject.split('.');
  return wanted.length === tokens.length && wanted.every((token, index) => token === '*' || token === tokens[index]);
}

/** The queue that a doorbell stands in: its subject without the last token. */
export function queueOf(subject: string): string {
  return subject.slice(0, subject.lastIndexOf('.'));
}

/** The family that an event belongs to: the first token of its subject. */
export function familyOf(event: EventDefinition): string {
  return event.subject.slice(0, event.subject.indexOf('.'));
}
