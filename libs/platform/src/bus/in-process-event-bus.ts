import type { EventDefinition, SignalDefinition } from '@holdfast/contracts';
import { AppError, type Clock } from '@holdfast/kernel';
import type { z } from 'zod';
import type { Logger } from '../logging/logger.js';
import { inSendSpan } from '../telemetry/bus-spans.js';
import type { Carrier } from '../telemetry/work-context.js';
import {
  type ConsumeOptions,
  EventBus,
  type EventHandler,
  type HearOptions,
  type Subscription,
} from './event-bus.port.js';
import { encodeMessage, type EncodedMessage, matches, queueOf, subjectFilter } from './event-subject.js';
import { type Hearer, hearerOf } from './hearer.js';
import { Pump, type Taken } from './pump.js';

export interface InProcessEventBusOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Messages that wait, at most, in the doorbells' queues together and in each listener's of notices; 100,000 when absent. */
  readonly capacity?: number;
  /** Milliseconds before the second attempt; 1,000 when absent. */
  readonly firstPauseMs?: number;
}

interface Message {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly carrier: Carrier;
  attempt: number;
}

/** What waits for one listener: of a notice's durable name, or of all doorbells. */
interface Mailbox {
  readonly queues: Map<string, Message[]>;
  readonly pumps: Set<{ readonly filter: string; ring(queue: string): void }>;
  waiting: number;
}

/**
 * The bus of the single-process edition. Forgets when the process ends: the tables that messages point to do not. It takes no notice
 * before somebody listens to that event.
 */
export class InProcessEventBus extends EventBus {
  readonly #doorbells = newMailbox();
  readonly #notices = new Map<string, { readonly event: string; readonly filter: string; readonly mailbox: Mailbox }>();
  readonly #hearers = new Set<{ readonly filter: string; readonly take: Hearer }>();
  readonly #subscriptions = new Set<Subscription>();
  readonly #capacity: number;

  constructor(private readonly options: InProcessEventBusOptions) {
    super();
    this.#capacity = options.capacity ?? 100_000;
  }

  override async publish<S extends z.ZodType<object>>(event: EventDefinition<S>, payload: z.output<S>): Promise<void> {
    const encoded = encodeMessage(event, payload);
    await inSendSpan(event, payload, async (carrier) => this.post(event, encoded, carrier));
  }

  override async prepare(): Promise<void> {}

  override async consume<S extends z.ZodType<object>>(
    event: EventDefinition<S>,
    options: ConsumeOptions,
    handler: EventHandler<z.output<S>>,
  ): Promise<Subscription> {
    const { clock, logger, firstPauseMs = 1_000 } = this.options;
    const filter = subjectFilter(event, options.only);
    const mailbox = event.kind === 'doorbell' ? this.#doorbells : this.mailboxOf(options.durable, event.name, filter);
    const pull = async (queue: string) => take(mailbox, queue, filter, clock);
    const pump = new Pump({ event, concurrency: options.concurrency, handler, pull, clock, logger, firstPauseMs });
    const entry = { filter, ring: (queue: string) => pump.ring(queue) };
    mailbox.pumps.add(entry);
    for (const queue of mailbox.queues.keys()) pump.ring(queue);
    const subscription = {
      close: async () => {
        mailbox.pumps.delete(entry);
        this.#subscriptions.delete(subscription);
        await pump.close();
      },
    };
    this.#subscriptions.add(subscription);
    return subscription;
  }

  override async signal<S extends z.ZodType<object>>(signal: SignalDefinition<S>, payload: z.output<S>): Promise<void> {
    const encoded = encodeMessage(signal, payload);
    await inSendSpan(signal, payload, async (carrier) => this.tell(encoded, carrier));
  }

  override async hear<S extends z.ZodType<object>>(
    signal: SignalDefinition<S>,
    { only }: HearOptions,
    handler: (payload: z.output<S>) => void,
  ): Promise<Subscription> {
    const take = hearerOf({ signal, handler, logger: this.options.logger });
    const hearer = { filter: subjectFilter(signal, only), take };
    this.#hearers.add(hearer);
    return { close: async () => void this.#hearers.delete(hearer) };
  }

  override async close(): Promise<void> {
    this.#hearers.clear();
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close()));
  }

  /** Takes a message that is written already. */
  protected post(event: EventDefinition, { subject, data }: EncodedMessage, carrier: Carrier = {}): void {
    if (event.kind === 'doorbell') {
      if (this.#doorbells.waiting >= this.#capacity)
        throw new AppError('DEPENDENCY_UNAVAILABLE', 'Too many messages wait on the bus. Try again later.');
      put(this.#doorbells, { subject, data, carrier, attempt: 0 });
      return;
    }
    const listeners = [...this.#notices.values()].filter((listener) => listener.event === event.name);
    // Its listener is a service of this process that has not started yet. A stream keeps notices for it; here its sender does.
    if (listeners.length === 0)
      throw new AppError('DEPENDENCY_UNAVAILABLE', 'Nobody listens to this notice yet. Try again later.', {
        context: { event: event.name },
      });
    for (const { filter, mailbox } of listeners) {
      if (!matches(filter, subject)) continue;
      if (mailbox.waiting >= this.#capacity) this.dropOldest(mailbox, event.name);
      put(mailbox, { subject, data, carrier, attempt: 0 });
    }
  }

  /** Tells a signal that is written already. */
  protected tell(message: EncodedMessage, carrier: Carrier = {}): void {
    for (const { filter, take } of this.#hearers) if (matches(filter, message.subject)) take(message, carrier);
  }

  private mailboxOf(durable: string, event: string, filter: string): Mailbox {
    const name = `${durable} ${event}`;
    const known = this.#notices.get(name) ?? { event, filter, mailbox: newMailbox() };
    this.#notices.set(name, known);
    return known.mailbox;
  }

  private dropOldest(mailbox: Mailbox, event: string): void {
    const [first] = mailbox.queues.values();
    first?.shift();
    mailbox.waiting -= 1;
    this.options.logger.warn('A notice is dropped: its listener has too many waiting', { event });
  }
}

function newMailbox(): Mailbox {
  return { queues: new Map(), pumps: new Set(), waiting: 0 };
}

function put(mailbox: Mailbox, message: Message): void {
  const queue = queueOf(message.subject);
  const waiting = mailbox.queues.get(queue) ?? [];
  waiting.push(message);
  mailbox.queues.set(queue, waiting);
  mailbox.waiting += 1;
  for (const pump of mailbox.pumps) if (matches(pump.filter, message.subject)) pump.ring(queue);
}

function take(mailbox: Mailbox, queue: string, filter: string, clock: Clock): Taken | undefined {
  const waiting = mailbox.queues.get(queue) ?? [];
  const index = waiting.findIndex((message) => matches(filter, message.subject));
  const [message] = index < 0 ? [] : waiting.splice(index, 1);
  if (waiting.length === 0) mailbox.queues.delete(queue);
  if (!message) return undefined;
  mailbox.waiting -= 1;
  const again = () => put(mailbox, message);
  message.attempt += 1;
  return {
    subject: message.subject,
    data: message.data,
    carrier: message.carrier,
    attempt: message.attempt,
    ack: () => undefined,
    nak: (pauseMs) => {
      if (pauseMs > 0) void clock.sleep(pauseMs).then(again);
      else again();
    },
    drop: () => undefined,
    working: () => undefined,
  };
}
