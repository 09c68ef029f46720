import { Clock, type JobId, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { Reports, type Activity } from './reports.port.js';

const LOOK_MS = 500;
const RUNNING: ReadonlySet<string> = new Set(['running', 'stopping']);

/** Follows a job until it has ended. */
@Injectable()
export class WatchJob {
  constructor(
    private readonly reports: Reports,
    private readonly clock: Clock,
  ) {}

  /** The activity now and after each change; ends with the job, or fails with the reason of the signal. */
  async *run(tenant: TenantId, job: JobId, signal: AbortSignal): AsyncGenerator<Activity> {
    let told = '';
    for (;;) {
      const activity = await this.reports.activity(tenant, job);
      const isOver = !RUNNING.has(activity.state) && activity.tasksFinished >= activity.tasksTotal;
      const text = JSON.stringify(activity);
      if (text !== told) yield activity;
      if (isOver) return;
      told = text;
      await this.clock.sleep(LOOK_MS, signal);
    }
  }
}
