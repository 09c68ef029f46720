import { housekeepingReady } from '@holdfast/contracts';
import { Clock } from '@holdfast/kernel';
import { EventBus, Logger, type Subscription } from '@holdfast/platform';
import { TaskDesk, TaskLoop } from '@holdfast/worker';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { KeepHouse } from '../../app/keep-house.js';

/** How many vaults this process keeps in order at the same time, and how often it looks for work that nobody rang for. */
export abstract class HousekeepingLimits {
  abstract readonly tasks: number;
  abstract readonly lookMs: number;
}

/** Answers the doorbell of jobs that keep a vault in order. */
@Injectable()
export class HousekeepingReadyConsumer implements OnApplicationBootstrap, OnApplicationShutdown {
  #loop: TaskLoop | undefined;
  #subscription: Subscription | undefined;

  constructor(
    private readonly bus: EventBus,
    private readonly desk: TaskDesk,
    private readonly keepHouse: KeepHouse,
    private readonly limits: HousekeepingLimits,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { desk, keepHouse, clock, logger } = this;
    const { tasks, lookMs } = this.limits;
    const loop = new TaskLoop({
      tasks,
      lookMs,
      leaseNext: () => desk.leaseNext(),
      work: (lease, stop) => keepHouse.run(lease, stop),
      clock,
      logger,
    });
    this.#loop = loop;
    const options = { durable: 'storage', concurrency: tasks };
    this.#subscription = await this.bus.consume(housekeepingReady, options, ({ tenantId, taskId }, { signal }) =>
      loop.answer(() => desk.lease(tenantId, taskId), signal),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.#subscription?.close(), this.#loop?.close()]);
  }
}
