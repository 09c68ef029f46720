import type { EventDefinition } from '@holdfast/contracts';
import type { Clock } from '@holdfast/kernel';
import type { JetStreamManager } from '@nats-io/jetstream';
import {
  type NatsConnection,
  NoRespondersError,
  RequestError,
  TimeoutError,
  type Subscription as CoreSubscription,
} from '@nats-io/nats-core';
import type { z } from 'zod';
import type { Logger } from '../logging/logger.js';
import type { ConsumeOptions, EventHandler, Subscription } from './event-bus.port.js';
import { matches, queueOf, queuesOf, subjectFilter } from './event-subject.js';
import { BELL, consumerFilter, consumerOf, streamOf } from './nats-names.js';
import { takenFrom } from './nats-message.js';
import { ensureConsumer } from './nats-streams.js';
import { Pump, type Taken } from './pump.js';

/**
 * Milliseconds for the answer to a pull. The server answers at once, but for one case: the message that it saw is taken by
 * another pull, and ours is left standing.
 */
const PULL_MS = 300;

export interface NatsParts {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly firstPauseMs: number;
  readonly lookAgainMs: number;
}

export interface Listening<S extends z.ZodType<object>> extends ConsumeOptions {
  readonly event: EventDefinition<S>;
  readonly handler: EventHandler<z.output<S>>;
}

/**
 * One listener. A doorbell's queue is a durable consumer of its own, made when it is first heard of; a notice's is one durable
 * consumer for all. Bells tell which queue to ask; a look at the stream now and then finds what no bell told of: messages from
 * before, and those whose holder died.
 */
export class NatsSubscription<S extends z.ZodType<object>> implements Subscription {
  readonly #pump: Pump<S>;
  readonly #filter: string;
  readonly #consumers = new Map<string, Promise<void>>();
  readonly #closing = new AbortController();
  #bells: CoreSubscription | undefined;

  constructor(
    private readonly parts: NatsParts,
    private readonly listening: Listening<S>,
    private readonly onClosed: () => void,
  ) {
    const { clock, logger, firstPauseMs } = parts;
    const { event, concurrency, handler, only } = listening;
    this.#filter = subjectFilter(event, only);
    const pull = (queue: string) => this.pull(queue);
    this.#pump = new Pump({ event, concurrency, handler, pull, clock, logger, firstPauseMs });
  }

  async open(): Promise<void> {
    if (this.listening.event.kind === 'notice') await this.consumer(this.queueFor(this.#filter));
    this.#bells = this.parts.connection.subscribe(`${BELL}.${this.#filter}`, {
      callback: (_, message) => this.#pump.ring(this.queueFor(message.subject.slice(BELL.length + 1))),
    });
    await this.look();
    void this.lookNowAndThen();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#bells?.unsubscribe();
    await this.#pump.close();
    await this.parts.connection.flush();
    this.onClosed();
  }

  /** Rings for all queues that may hold something: those that it listens to, where they are few, else those that the stream tells of. */
  async look(): Promise<void> {
    const { event, only } = this.listening;
    const queues = event.kind === 'notice' ? [this.#filter] : queuesOf(event, only);
    if (queues) {
      for (const queue of queues) this.#pump.ring(queue);
      return;
    }
    try {
      const { state } = await this.parts.manager.streams.info(streamOf(event), { subjects_filter: this.#filter });
      for (const subject of Object.keys(state.subjects ?? {}))
        if (matches(this.#filter, subject)) this.#pump.ring(this.queueFor(subject));
    } catch (error) {
      if (!this.#closing.signal.aborted) this.parts.logger.warn('The stream could not be looked at', { error });
    }
  }

  private async lookNowAndThen(): Promise<void> {
    try {
      for (;;) {
        await this.parts.clock.sleep(this.parts.lookAgainMs, this.#closing.signal);
        await this.look();
      }
    } catch {
      // The subscription is closed.
    }
  }

  private queueFor(subject: string): string {
    return this.listening.event.kind === 'doorbell' ? queueOf(subject) : this.#filter;
  }

  private async pull(queue: string): Promise<Taken | undefined> {
    const { connection } = this.parts;
    await this.consumer(queue);
    const subject = `$JS.API.CONSUMER.MSG.NEXT.${streamOf(this.listening.event)}.${this.nameOf(queue)}`;
    try {
      // Not multiplexed: what comes back bears the message's subject and not the inbox's, which the multiplexer goes by.
      const settings = { timeout: PULL_MS, noMux: true };
      return takenFrom(await connection.request(subject, '{"batch":1,"no_wait":true}', settings));
    } catch (error) {
      if (error instanceof TimeoutError) return undefined;
      // The consumer is gone: made again before the next pull.
      if (isWithoutResponders(error)) this.#consumers.delete(queue);
      throw error;
    }
  }

  private consumer(queue: string): Promise<void> {
    const known = this.#consumers.get(queue);
    if (known) return known;
    const { event } = this.listening;
    const settings = { name: this.nameOf(queue), filter: consumerFilter(event, queue) };
    const made = ensureConsumer(this.parts.manager, event, settings);
    this.#consumers.set(queue, made);
    made.catch(() => this.#consumers.delete(queue));
    return made;
  }

  private nameOf(queue: string): string {
    return consumerOf(this.listening.event, this.listening.durable, queue);
  }
}

function isWithoutResponders(error: unknown): boolean {
  return error instanceof NoRespondersError || (error instanceof RequestError && error.isNoResponders());
}
