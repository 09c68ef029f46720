import type { z } from 'zod';

/** The names in braces of a subject template: `crawl.{tenantId}.{lane}` → `tenantId | lane`. */
type Placeholders<Subject extends string> = Subject extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

/** A message whose subject names only fields of its payload. */
type WithSubject<Definition extends MessageDefinition, Subject extends string> = Omit<Definition, 'subject'> & {
  readonly subject: Placeholders<Subject> extends keyof z.infer<Definition['schema']> ? Subject : never;
};

/** The services that use the bus. */
export type BusParty = 'auth' | 'scheduler' | 'crawler' | 'storage' | 'restore' | 'reporting';

/** A kind of message on the bus: its name and version, where it travels and what it carries. */
export interface MessageDefinition<Schema extends z.ZodType = z.ZodType> {
  /** Ends in a version; a changed meaning is a new one. */
  readonly name: string;
  /** Dotted tokens; `{field}` stands for a field of the payload, whose value becomes one token. */
  readonly subject: string;
  /** The one service that may send it. */
  readonly from: BusParty;
  readonly schema: Schema;
}

/** A message that is kept until it has been answered. */
export interface EventDefinition<Schema extends z.ZodType = z.ZodType> extends MessageDefinition<Schema> {
  /** `doorbell`: work to do, taken by one consumer. `notice`: something that happened, told to every interested service. */
  readonly kind: 'doorbell' | 'notice';
  /** The one service that may listen; the bus's own permissions are made from this. */
  readonly to: BusParty;
  /** Milliseconds after which an unacknowledged message is delivered again. */
  readonly ackWaitMs: number;
}

/** A message for every process that hears it at that moment. It is kept nowhere: who does not hear it never will. */
export interface SignalDefinition<Schema extends z.ZodType = z.ZodType> extends MessageDefinition<Schema> {
  readonly kind: 'signal';
  /** The services that may hear it; the bus's own permissions are made from this. */
  readonly to: readonly BusParty[];
}

/** Declares an event; the compiler checks that every `{field}` of the subject is a field of the payload. */
export function defineEvent<Schema extends z.ZodType<object>, const Subject extends string>(
  definition: WithSubject<EventDefinition<Schema>, Subject>,
): EventDefinition<Schema> {
  return Object.freeze(definition);
}

/** Declares a signal, checked as an event is. */
export function defineSignal<Schema extends z.ZodType<object>, const Subject extends string>(
  definition: WithSubject<SignalDefinition<Schema>, Subject>,
): SignalDefinition<Schema> {
  return Object.freeze(definition);
}

/** The subject of one message: the template with the payload's values. */
export function subjectOf(template: string, payload: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{(\w+)\}/g, (_, field: string) => {
    const value = payload[field];
    if (typeof value !== 'string' || !/^[A-Za-z0-9_-]+$/.test(value))
      throw new TypeError(`Field ${field} cannot stand in a subject: it has to be letters, digits, - and _.`);
    return value;
  });
}
