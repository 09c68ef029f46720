import { crawlReady } from '@holdfast/contracts';
import { Clock, type TenantId } from '@holdfast/kernel';
import { EventBus, Logger, type Subscription } from '@holdfast/platform';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { TaskDesk, type Lease } from '@holdfast/worker';
import { CrawlResource } from '../../app/crawl-resource.js';

/** How many resources are read at the same time, and whose. */
export abstract class TaskLimit {
  abstract readonly tasks: number;
  /** Undefined: every tenant's. */
  abstract readonly tenant: TenantId | undefined;
}

/** Looked for work that nobody rang for this often. */
const LOOK_MS = 10_000;

/**
 * Answers the doorbell. Safe to repeat: a second ring finds the task leased or done. Bells are answered at once and the work
 * goes on behind, so that a bell never waits for a resource; the task table keeps what there is to do.
 */
@Injectable()
export class TaskReadyConsumer implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #stop = new AbortController();
  readonly #working = new Set<Promise<void>>();
  #subscription: Subscription | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(
    private readonly bus: EventBus,
    private readonly desk: TaskDesk,
    private readonly crawl: CrawlResource,
    private readonly limit: TaskLimit,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { tasks, tenant } = this.limit;
    const options = { durable: 'crawler', concurrency: tasks, ...(tenant && { only: { tenantId: tenant } }) };
    this.#subscription = await this.bus.consume(crawlReady, options, async (ring, { signal }) => {
      await this.#untilFree(signal);
      await this.#work(await this.desk.lease(ring.tenantId, ring.taskId));
    });
    this.#looking = this.#keepLooking();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stop.abort();
    await this.#subscription?.close();
    await this.#looking;
    await Promise.all(this.#working);
  }

  async #untilFree(signal: AbortSignal): Promise<void> {
    while (this.#working.size >= this.limit.tasks) {
      signal.throwIfAborted();
      await Promise.race(this.#working);
    }
  }

  async #work(lease: Lease | undefined): Promise<void> {
    if (!lease) return;
    const work = this.crawl.run(lease, this.#stop.signal).finally(() => this.#working.delete(work));
    this.#working.add(work);
  }

  /** A bell may have been lost, and a lapsed lease rings only now and then. */
  async #keepLooking(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.clock.sleep(LOOK_MS, this.#stop.signal).catch(() => undefined);
      while (this.#hasRoom() && (await this.#takeNext()));
    }
  }

  #hasRoom(): boolean {
    return !this.#stop.signal.aborted && this.#working.size < this.limit.tasks;
  }

  async #takeNext(): Promise<boolean> {
    try {
      const lease = await this.desk.leaseNext();
      await this.#work(lease);
      return lease !== undefined;
    } catch (error) {
      this.logger.warn('Scheduler could not be asked for work', { error });
      return false;
    }
  }
}
