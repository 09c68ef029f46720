import { restoreReady } from '@holdfast/contracts';
import { Clock } from '@holdfast/kernel';
import { EventBus, Logger, type Subscription } from '@holdfast/platform';
import { TaskDesk, TaskLoop } from '@holdfast/worker';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { PerformTask } from '../../app/perform-task.js';

/** How much a process restores at the same time, and how often it looks for work that nobody rang for. */
export abstract class TaskLimits {
  abstract readonly tasks: number;
  abstract readonly lookMs: number;
}

/** Answers the doorbell of restores. */
@Injectable()
export class TaskReadyConsumer implements OnApplicationBootstrap, OnApplicationShutdown {
  #loop: TaskLoop | undefined;
  #subscription: Subscription | undefined;

  constructor(
    private readonly bus: EventBus,
    private readonly desk: TaskDesk,
    private readonly performTask: PerformTask,
    private readonly limits: TaskLimits,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { desk, performTask, clock, logger } = this;
    const { tasks, lookMs } = this.limits;
    const loop = new TaskLoop({
      tasks,
      lookMs,
      leaseNext: () => desk.leaseNext(),
      work: (lease, stop) => performTask.run(lease, stop),
      clock,
      logger,
    });
    this.#loop = loop;
    const options = { durable: 'restore', concurrency: tasks };
    this.#subscription = await this.bus.consume(restoreReady, options, ({ tenantId, taskId }, { signal }) =>
      loop.answer(() => desk.lease(tenantId, taskId), signal),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.#subscription?.close(), this.#loop?.close()]);
  }
}
