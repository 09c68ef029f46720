import { type EventDefinition, type MessageDefinition, subjectOf } from '@holdfast/contracts';
import { AppError } from '@holdfast/kernel';
import { z } from 'zod';

type AnyEvent = EventDefinition<z.ZodType<object>>;
type AnyMessage = MessageDefinition<z.ZodType<object>>;

/** A message as it travels: its subject and its JSON. */
export interface EncodedMessage {
  readonly subject: string;
  readonly data: Uint8Array;
}

/** Writes a message; INVALID_ARGUMENT when the payload breaks the event's schema. */
export function encodeMessage(event: AnyMessage, payload: object): EncodedMessage {
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

/** What a message says, or why it says nothing that may be acted on. */
export type DecodedMessage<S extends z.ZodType<object>> =
  | { readonly payload: z.output<S>; readonly fault?: undefined }
  | { readonly payload?: undefined; readonly fault: string };

/** Reads a message. What a subject lets in is not what the payload may then ask of somebody else: the two have to agree. */
export function decodeMessage<S extends z.ZodType<object>>(
  { schema, subject: template }: MessageDefinition<S>,
  { subject, data }: EncodedMessage,
): DecodedMessage<S> {
  try {
    const payload = schema.parse(JSON.parse(Buffer.from(data).toString()));
    if (subjectOf(template, { ...(payload as object) }) === subject) return { payload };
    return { fault: 'its subject is not that of its payload' };
  } catch {
    return { fault: 'it breaks its schema' };
  }
}

/** The subject with each token as its value in `only`, or `*`. */
export function subjectFilter(event: AnyMessage, only: Readonly<Record<string, string>> = {}): string {
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

/**
 * The queues of a doorbell that a listener to `only` can meet, where each token is either given or one of a closed list of values;
 * undefined where any tenant's may come.
 */
export function queuesOf(event: AnyEvent, only: Readonly<Record<string, string>> = {}): readonly string[] | undefined {
  let queues: string[] = [''];
  for (const token of queueOf(event.subject).split('.')) {
    const [, field] = /^\{(\w+)\}$/.exec(token) ?? [];
    const values = field === undefined ? [token] : valuesOf(event, field, only);
    if (!values) return undefined;
    queues = queues.flatMap((queue) => values.map((value) => (queue === '' ? value : `${queue}.${value}`)));
  }
  return queues;
}

function valuesOf(
  event: AnyEvent,
  field: string,
  only: Readonly<Record<string, string>>,
): readonly string[] | undefined {
  if (only[field] !== undefined) return [only[field]];
  const rule: unknown = event.schema instanceof z.ZodObject ? event.schema.shape[field] : undefined;
  return rule instanceof z.ZodEnum ? rule.options.map(String) : undefined;
}

/** The family that an event belongs to: the first token of its subject. */
export function familyOf(event: EventDefinition): string {
  return event.subject.slice(0, event.subject.indexOf('.'));
}
