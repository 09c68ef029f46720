import { jobChanged, taskFinished, taskProgress } from '@holdfast/contracts';
import { EventBus, type Subscription } from '@holdfast/platform';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Reports } from '../../app/reports.port.js';

const LISTENER = 'reporting';

/** Writes down what scheduler tells of jobs. Repeats and disorder are the port's to bear. */
@Injectable()
export class JobEventsConsumer implements OnApplicationBootstrap, OnApplicationShutdown {
  #subscriptions: Subscription[] = [];

  constructor(
    private readonly bus: EventBus,
    private readonly reports: Reports,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.#subscriptions = await Promise.all([
      this.bus.consume(jobChanged, { durable: LISTENER, concurrency: 2 }, (change) => this.reports.noteJob(change)),
      this.bus.consume(taskFinished, { durable: LISTENER, concurrency: 4 }, (end) => this.reports.noteTask(end)),
      this.bus.consume(taskProgress, { durable: LISTENER, concurrency: 2 }, (told) => this.reports.noteProgress(told)),
    ]);
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(this.#subscriptions.map((subscription) => subscription.close()));
  }
}
