import { Injectable } from '@nestjs/common';
import { eachByItself } from './each-by-itself.js';
import { Jobs, type Job } from './jobs.port.js';
import { replayOf } from './replay-of.js';

/** Ends what the process left behind that was to start a restore or a rewriting: what they are for is not known here, and can be started again. */
@Injectable()
export class EndLeftOpen {
  constructor(private readonly jobs: Jobs) {}

  /** A job that has its tasks only lacks its close: it gets all in one transaction, or a part that is of use by itself. */
  async run(olderThanMs: number): Promise<void> {
    await eachByItself(await this.jobs.leftOpen(['restore', 'rewriting'], olderThanMs), (job) => this.#end(job));
  }

  async #end(job: Job): Promise<void> {
    const { tenantId, jobId } = job;
    const { tasksTotal } = await this.jobs.get(tenantId, jobId);
    if (tasksTotal > 0) await this.jobs.close(tenantId, jobId, []);
    else await this.jobs.abandon(tenantId, jobId, brokenOff(job));
  }
}

const brokenOff = (job: Job) =>
  `The start of this job broke off before it had anything to do, so nothing was done. Start it again: ${replayOf(job)}`;
