import type { EventDefinition } from '@holdfast/contracts';
import { AppError, type Clock, isAppError } from '@holdfast/kernel';
import type { z } from 'zod';
import type { Logger } from '../logging/logger.js';
import { inHandlerSpan } from '../telemetry/bus-spans.js';
import { count } from '../telemetry/measure.js';
import type { Carrier } from '../telemetry/work-context.js';
import type { EventHandler, Subscription } from './event-bus.port.js';
import { decodeMessage } from './event-subject.js';
import { idsOf } from './ids-of.js';

const MAX_PAUSE_MS = 60_000;
const PULL_AGAIN_MS = 1_000;

/** One message in our hands until one of its methods is called. */
export interface Taken {
  readonly subject: string;
  readonly data: Uint8Array;
  /** The trace of who sent it. */
  readonly carrier: Carrier;
  /** 1 for the first time. */
  readonly attempt: number;
  /** Done. */
  ack(): void;
  /** Again, after a pause. */
  nak(pauseMs: number): void;
  /** Never again. */
  drop(): void;
  /** Still at it: not to be given to another. */
  working(): void;
}

export interface PumpOptions<S extends z.ZodType<object>> {
  readonly event: EventDefinition<S>;
  readonly concurrency: number;
  readonly handler: EventHandler<z.output<S>>;
  /** Takes the next message of a queue; undefined when there is none at the moment. */
  readonly pull: (queue: string) => Promise<Taken | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Milliseconds before the second attempt; doubles up to a minute. */
  readonly firstPauseMs: number;
}

/** Feeds a handler from many queues in turn, as many messages at once as it may have. What every adapter of the bus does alike. */
export class Pump<S extends z.ZodType<object>> implements Subscription {
  /** Queues that may hold something, the next to ask first. */
  readonly #rung = new Set<string>();
  readonly #underWay = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(private readonly options: PumpOptions<S>) {}

  /** Says that a queue may hold something. */
  ring(queue: string): void {
    this.#rung.add(queue);
    this.fill();
  }

  async close(): Promise<void> {
    this.#closing.abort(new AppError('STOPPED', 'The service is stopping.'));
    await Promise.all(this.#underWay);
  }

  private fill(): void {
    for (const queue of this.#rung) {
      if (this.#closing.signal.aborted || this.#underWay.size >= this.options.concurrency) return;
      this.#rung.delete(queue);
      const work = this.serve(queue).finally(() => {
        this.#underWay.delete(work);
        this.fill();
      });
      this.#underWay.add(work);
    }
  }

  private async serve(queue: string): Promise<void> {
    const taken = await this.options.pull(queue).catch((error: unknown) => {
      this.options.logger.warn('The bus could not be asked for messages', { queue, error });
      this.ringLater(queue, PULL_AGAIN_MS);
      return undefined;
    });
    if (!taken) return;
    if (this.#closing.signal.aborted) {
      taken.nak(0);
      return;
    }
    // To the end of the row: each queue has its turn.
    this.ring(queue);
    await this.handle(queue, taken);
  }

  private async handle(queue: string, taken: Taken): Promise<void> {
    const payload = this.parse(taken);
    if (!payload) return;
    const { event, handler, logger } = this.options;
    const done = new AbortController();
    void this.keepAlive(taken, done.signal);
    try {
      const delivery = { attempt: taken.attempt, signal: this.#closing.signal };
      await inHandlerSpan(event, payload, taken.carrier, () => handler(payload, delivery));
      taken.ack();
      this.told('done');
    } catch (error) {
      const fields = { event: event.name, attempt: taken.attempt, ...idsOf(payload), error };
      if (this.#closing.signal.aborted) taken.nak(0);
      else if (isAppError(error) && error.retry === 'never') {
        this.told('dropped');
        logger.error('A message is dropped: its handler failed and no repetition can help', fields);
        taken.drop();
      } else {
        this.told('again');
        const pauseMs = this.pauseMs(taken.attempt, error);
        logger.warn('A message will be delivered again: its handler failed', { ...fields, pauseMs });
        taken.nak(pauseMs);
        this.ringLater(queue, pauseMs);
      }
    } finally {
      done.abort();
    }
  }

  private parse(taken: Taken): z.output<S> | undefined {
    const { event, logger } = this.options;
    const { payload, fault } = decodeMessage(event, taken);
    if (payload) return payload;
    logger.error(`A message is dropped: ${fault}`, { event: event.name, bytes: taken.data.byteLength });
    this.told('dropped');
    taken.drop();
    return undefined;
  }

  private told(outcome: 'done' | 'again' | 'dropped'): void {
    count('holdfast.bus.handled', 1, { event: this.options.event.name, outcome });
  }

  private async keepAlive(taken: Taken, done: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await this.options.clock.sleep(this.options.event.ackWaitMs / 3, done);
        taken.working();
      }
    } catch {
      // The handler has ended.
    }
  }

  private pauseMs(attempt: number, error: unknown): number {
    const asked = isAppError(error) ? (error.details.retryAfterMs ?? 0) : 0;
    return Math.max(asked, Math.min(this.options.firstPauseMs * 2 ** (attempt - 1), MAX_PAUSE_MS));
  }

  private ringLater(queue: string, pauseMs: number): void {
    this.options.clock.sleep(pauseMs, this.#closing.signal).then(
      () => this.ring(queue),
      () => undefined,
    );
  }
}
