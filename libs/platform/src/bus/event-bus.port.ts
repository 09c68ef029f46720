import type { EventDefinition, SignalDefinition } from '@holdfast/contracts';
import type { z } from 'zod';

type Schema = z.ZodType<object>;

export interface PublishOptions {
  /** The same id within two minutes is the same message: a repetition is dropped where the bus can tell. */
  readonly id?: string;
}

export interface ConsumeOptions {
  /**
   * Name of the listener. A notice is told once to each name, whichever process under that name takes it; from the first time
   * that the name listens, also while it is away. A doorbell is answered once, whatever the names.
   */
  readonly durable: string;
  /** Handlers that run at once, at most. */
  readonly concurrency: number;
  /** Only messages whose subject has these values: `{ tenantId }`, say. */
  readonly only?: Readonly<Record<string, string>>;
}

export interface Delivery {
  /** 1 for the first time. */
  readonly attempt: number;
  /** Aborted when the subscription closes: end soon, or throw and the message goes to another. */
  readonly signal: AbortSignal;
}

export type EventHandler<Payload> = (payload: Payload, delivery: Delivery) => Promise<void>;

export interface HearOptions {
  /** Only signals whose subject has these values: `{ tenantId }`, say. */
  readonly only?: Readonly<Record<string, string>>;
}

export interface Subscription {
  /** Takes no more messages and resolves when the handlers under way have ended. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Messages between services: at least once, in no order, and a message more or less has to harm nothing. A handler that throws
 * gets the message again after a growing pause, for ever, unless it threw an AppError that no repetition can help: that message,
 * and one that breaks its schema, is logged and dropped, because what is to be done stands in tables and not on the bus.
 * Signals are the exception: told to whoever hears them at that moment, once or not at all.
 */
export abstract class EventBus {
  /** Resolves when the bus has the message. DEPENDENCY_UNAVAILABLE when it cannot take it: publish again later. */
  abstract publish<S extends Schema>(
    event: EventDefinition<S>,
    payload: z.output<S>,
    options?: PublishOptions,
  ): Promise<void>;

  /** Makes what an event travels by, so that listeners find it before the first message; publishing does so too. Safe to repeat. */
  abstract prepare(event: EventDefinition): Promise<void>;

  /** Listens. Doorbells that differ before the last token of their subject stand in different queues, served in turn. */
  abstract consume<S extends Schema>(
    event: EventDefinition<S>,
    options: ConsumeOptions,
    handler: EventHandler<z.output<S>>,
  ): Promise<Subscription>;

  /** Tells a signal to every process that hears it. Resolves when it is on its way; who is away will not be told. */
  abstract signal<S extends Schema>(signal: SignalDefinition<S>, payload: z.output<S>): Promise<void>;

  /** Hears signals from here on. What the handler throws is logged and harms no later signal. */
  abstract hear<S extends Schema>(
    signal: SignalDefinition<S>,
    options: HearOptions,
    handler: (payload: z.output<S>) => void,
  ): Promise<Subscription>;

  /** Closes all subscriptions and lets go of the bus. */
  abstract close(): Promise<void>;
}
