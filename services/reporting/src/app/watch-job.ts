import { Clock, type JobId, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { Reports, type Activity } from './reports.port.js';

const LOOK_MS = 500;
/** Messages come in any order: a resource's end may be told after the job's, or never where it was dropped. */
const LATE_MS = 10_000;
const RUNNING: ReadonlySet<string> = new Set(['running', 'stopping']);

/** Follows a job until it has ended. */
@Injectable()
export class WatchJob {
  constructor(
    private readonly reports: Reports,
    private readonly clock: Clock,
  ) {}

  /**
   * The activity now and after each change; ends with the job, soon after it where not all its resources were told of, or fails with
   * the reason of the signal.
   */
  async *run(tenant: TenantId, job: JobId, signal: AbortSignal): AsyncGenerator<Activity> {
    let told = '';
    let endedAt: number | undefined;
    for (;;) {
      const activity = await this.reports.activity(tenant, job);
      if (!RUNNING.has(activity.state)) endedAt ??= this.clock.now();
      const isOver = endedAt !== undefined && (isTold(activity) || this.clock.now() - endedAt >= LATE_MS);
      const text = JSON.stringify(activity);
      if (text !== told) yield activity;
      if (isOver) return;
      told = text;
      await this.clock.sleep(LOOK_MS, signal);
    }
  }
}

const isTold = ({ tasksFinished, tasksTotal }: Activity) => tasksFinished >= tasksTotal;
