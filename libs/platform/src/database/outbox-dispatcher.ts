import type { EventDefinition } from '@holdfast/contracts';
import { type Clock, isAppError } from '@holdfast/kernel';
import { sql, type Transaction } from 'kysely';
import type { z } from 'zod';
import type { EventBus } from '../bus/event-bus.port.js';
import type { Logger } from '../logging/logger.js';
import { observe } from '../telemetry/measure.js';
import { resume } from '../telemetry/work-context.js';
import type { Database } from './database.js';
import { type Listener, listenTo } from './listen.js';
import { outboxChannel } from './outbox.js';

const BATCH = 200;
const LOOK_AGAIN_MS = 1_000;
/** Counted at most: a gauge is read again and again. */
const DEPTH_LIMIT = 10_000;

/** The sweep that a database has to list for its outbox. */
export const OUTBOX_SWEEP = 'dispatch-outbox';

export interface OutboxDispatcherOptions<Tables> {
  readonly database: Database<Tables, typeof OUTBOX_SWEEP>;
  readonly bus: EventBus;
  /** Every event that the service puts into its outbox. */
  readonly events: readonly EventDefinition<z.ZodType<object>>[];
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Row {
  readonly id: number;
  readonly event: string;
  readonly payload: unknown;
  readonly traceparent: string | null;
}

/** A message that the bus did not take. */
interface Refused {
  readonly event: string;
  readonly error: unknown;
}

/**
 * Takes a service's outbox to the bus: at least once, in the order of writing as far as the bus keeps one. Many may run at once.
 * What the bus cannot take waits and is tried again each second; events of another name go past it.
 */
export class OutboxDispatcher<Tables> {
  readonly #events: ReadonlyMap<string, EventDefinition<z.ZodType<object>>>;
  readonly #closing = new AbortController();
  /** Names of the events that the bus did not take in the last second. */
  readonly #resting = new Set<string>();
  #wake = new AbortController();
  #isRung = false;
  #listener: Listener | undefined;
  #running: Promise<void> | undefined;
  #stopMeasuring: (() => void) | undefined;

  constructor(private readonly options: OutboxDispatcherOptions<Tables>) {
    this.#events = new Map(options.events.map((event) => [event.name, event]));
  }

  /** Starts to work, with what is left from before. */
  start(): void {
    const { database, clock, logger } = this.options;
    const channel = outboxChannel(database.schema);
    this.#listener = listenTo({ address: database.listenAddress, channel, clock, logger }, () => this.ring());
    this.#running = this.run();
    this.#stopMeasuring = observe('holdfast.outbox.depth', () => this.depth());
  }

  /** Says that there may be something. */
  ring(): void {
    this.#isRung = true;
    this.#wake.abort();
  }

  /** Resolves when the batch under way is done. */
  async close(): Promise<void> {
    this.#stopMeasuring?.();
    this.#closing.abort();
    this.#wake.abort();
    await this.#listener?.close();
    await this.#running;
  }

  private async run(): Promise<void> {
    await Promise.all(
      this.options.events.map((event) =>
        // A bus that is away makes it with the first message.
        this.options.bus.prepare(event).catch((error: unknown) => {
          this.options.logger.warn('The bus could not be prepared', { event: event.name, error });
        }),
      ),
    );
    while (!this.#closing.signal.aborted) {
      this.#isRung = false;
      const taken = await this.dispatch().catch((error: unknown) => {
        this.options.logger.warn('The outbox could not be emptied', { error });
        return 0;
      });
      // Of a full batch each message is gone, or its event rests: the next batch is another.
      if (taken < BATCH) await this.pause();
    }
  }

  private async pause(): Promise<void> {
    this.#wake = new AbortController();
    if (this.#isRung || this.#closing.signal.aborted) return;
    await this.options.clock.sleep(LOOK_AGAIN_MS, this.#wake.signal).catch(() => undefined);
  }

  /** How many messages were taken up. */
  private dispatch(): Promise<number> {
    return this.options.database.acrossTenants(OUTBOX_SWEEP, async (tx) => {
      const { rows } = await sql<Row>`
        select id, event, payload, traceparent from outbox
        where event <> all(${[...this.#resting]}::text[])
        order by id limit ${BATCH} for update skip locked`.execute(tx);
      const refused: Refused[] = [];
      const isDone = await Promise.all(rows.map((row) => this.send(row, refused)));
      await remove(
        tx,
        rows.filter((_, at) => isDone[at]).map(({ id }) => id),
      );
      this.rest(refused);
      return rows.length;
    });
  }

  /** Leaves the events of these messages alone for a while, and says so once for each. */
  private rest(refused: readonly Refused[]): void {
    const { clock, logger } = this.options;
    for (const [event, of] of Map.groupBy(refused, ({ event }) => event)) {
      const [{ error } = {}] = of;
      logger.warn('Messages wait in the outbox: the bus does not take them', { event, messages: of.length, error });
      this.#resting.add(event);
      clock.sleep(LOOK_AGAIN_MS, this.#closing.signal).then(
        () => this.#resting.delete(event),
        () => undefined,
      );
    }
  }

  private depth() {
    const { database } = this.options;
    return database.acrossTenants(OUTBOX_SWEEP, async (tx) => {
      const { rows } = await sql<{ depth: number }>`
        select count(*) as depth from (select 1 from outbox limit ${DEPTH_LIMIT}) as waiting`.execute(tx);
      return [{ value: rows[0]?.depth ?? 0, labels: { service: database.schema } }];
    });
  }

  /** Whether the row is done with: sent, or of no use to anybody. What the bus does not take joins `refused`. */
  private async send({ id, event: name, payload, traceparent }: Row, refused: Refused[]): Promise<boolean> {
    const { database, bus, logger } = this.options;
    const event = this.#events.get(name);
    const parsed = event?.schema.safeParse(payload);
    if (!event || !parsed?.success) {
      logger.error('A message of the outbox is dropped: this version does not know it', { event: name, id });
      return true;
    }
    try {
      const carrier = traceparent === null ? {} : { traceparent };
      await resume(carrier, () => bus.publish(event, parsed.data, { id: `${database.schema}-${id}` }));
      return true;
    } catch (error) {
      if (!isAppError(error) || error.retry === 'never') {
        logger.error('A message of the outbox is dropped: it cannot be sent', { event: name, id, error });
        return true;
      }
      refused.push({ event: name, error });
      return false;
    }
  }
}

async function remove<Tables>(tx: Transaction<Tables>, ids: readonly number[]): Promise<void> {
  if (ids.length > 0) await sql`delete from outbox where id = any(${ids})`.execute(tx);
}
