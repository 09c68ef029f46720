import { restoreReady } from '@holdfast/contracts';
import { Clock } from '@holdfast/kernel';
import { EventBus, Logger, type Subscription } from '@holdfast/platform';
import { type Lease, TaskDesk } from '@holdfast/worker';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { PerformTask } from '../../app/perform-task.js';

/** How much a process restores at the same time, and how often it looks for work that nobody rang for. */
export abstract class TaskLimits {
  abstract readonly tasks: number;
  abstract readonly lookMs: number;
}

/**
 * Answers the doorbell. Safe to repeat: a second ring finds the task leased or done. The work goes on behind the bell, so that
 * none waits for a resource; the task table keeps what there is to do.
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
    private readonly performTask: PerformTask,
    private readonly limits: TaskLimits,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const options = { durable: 'restore', concurrency: this.limits.tasks };
    this.#subscription = await this.bus.consume(restoreReady, options, async ({ tenantId, taskId }, { signal }) => {
      while (this.#isFull) {
        signal.throwIfAborted();
        await Promise.race(this.#working);
      }
      this.#work(await this.desk.lease(tenantId, taskId));
    });
    this.#looking = this.#keepLooking();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stop.abort();
    await this.#subscription?.close();
    await this.#looking;
    await Promise.all(this.#working);
  }

  get #isFull(): boolean {
    return this.#working.size >= this.limits.tasks;
  }

  #work(lease: Lease | undefined): void {
    if (!lease) return;
    const work = this.performTask.run(lease, this.#stop.signal).finally(() => this.#working.delete(work));
    this.#working.add(work);
  }

  /** A bell may have been lost, and a lapsed lease rings only now and then. */
  async #keepLooking(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const hasTaken = !this.#isFull && (await this.#takeNext());
      if (!hasTaken) await this.clock.sleep(this.limits.lookMs, this.#stop.signal).catch(() => undefined);
    }
  }

  /** Whether there was a task to take. */
  async #takeNext(): Promise<boolean> {
    try {
      const lease = await this.desk.leaseNext();
      this.#work(lease);
      return lease !== undefined;
    } catch (error) {
      this.logger.warn('Scheduler could not be asked for work', { error });
      return false;
    }
  }
}
