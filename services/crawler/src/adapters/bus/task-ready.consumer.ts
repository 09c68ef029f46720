import { crawlReady } from '@holdfast/contracts';
import { Clock, type TenantId } from '@holdfast/kernel';
import { EventBus, Logger, type Subscription } from '@holdfast/platform';
import { TaskDesk, TaskLoop } from '@holdfast/worker';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CrawlResource } from '../../app/crawl-resource.js';
import { RewriteChain } from '../../app/rewrite-chain.js';

/** How many resources are read at the same time, and whose. */
export abstract class TaskLimit {
  abstract readonly tasks: number;
  /** Undefined: every tenant's. */
  abstract readonly tenant: TenantId | undefined;
}

/** Looked for work that nobody rang for this often. */
const LOOK_MS = 10_000;

/** Answers the doorbell of backups and of rewritings. */
@Injectable()
export class TaskReadyConsumer implements OnApplicationBootstrap, OnApplicationShutdown {
  #loop: TaskLoop | undefined;
  #subscription: Subscription | undefined;

  constructor(
    private readonly bus: EventBus,
    private readonly desk: TaskDesk,
    private readonly crawl: CrawlResource,
    private readonly rewrite: RewriteChain,
    private readonly limit: TaskLimit,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { desk, crawl, rewrite, clock, logger } = this;
    const { tasks, tenant } = this.limit;
    const loop = new TaskLoop({
      tasks,
      lookMs: LOOK_MS,
      leaseNext: () => desk.leaseNext(),
      work: (lease, stop) => (lease.kind === 'rewriting' ? rewrite : crawl).run(lease, stop),
      clock,
      logger,
    });
    this.#loop = loop;
    const options = { durable: 'crawler', concurrency: tasks, ...(tenant && { only: { tenantId: tenant } }) };
    this.#subscription = await this.bus.consume(crawlReady, options, ({ tenantId, taskId }, { signal }) =>
      loop.answer(() => desk.lease(tenantId, taskId), signal),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.#subscription?.close(), this.#loop?.close()]);
  }
}
