import type { JobActivity } from '@holdfast/contracts/reporting/v1';
import { Clock, isAppError, type JobId, type TenantId } from '@holdfast/kernel';
import { Injectable } from '@nestjs/common';
import { Peers } from './peers.port.js';

const AGAIN_MS = 200;
const PATIENCE_MS = 15_000;

/** Reports and live activity. Reporting hears of a job from the bus, so a job that was just started may be news to it. */
@Injectable()
export class AskReporting {
  constructor(
    private readonly peers: Peers,
    private readonly clock: Clock,
  ) {}

  /** What `ask` answers; waits while reporting has not heard of a job that the scheduler knows. */
  async about<T>(tenant: TenantId, job: JobId, ask: () => Promise<T>): Promise<T> {
    const giveUpAt = this.clock.now() + PATIENCE_MS;
    for (let isKnown = false; ;) {
      try {
        return await ask();
      } catch (error) {
        if (!isAppError(error, 'NOT_FOUND') || this.clock.now() >= giveUpAt) throw error;
      }
      if (!isKnown) await this.peers.jobs.getJob({ tenantId: tenant, jobId: job });
      isKnown = true;
      await this.clock.sleep(AGAIN_MS);
    }
  }

  /** The job's activity now and after each change, until it has ended or `signal` says so. */
  async watch(tenant: TenantId, job: JobId, signal: AbortSignal): Promise<AsyncIterable<JobActivity>> {
    const start = async () => {
      const activities = this.peers.activity.watchJob({ tenantId: tenant, jobId: job }, { signal });
      const iterator = activities[Symbol.asyncIterator]();
      return { iterator, first: await iterator.next() };
    };
    const { iterator, first } = await this.about(tenant, job, start);
    return goOn(iterator, first, signal);
  }
}

async function* goOn<T>(iterator: AsyncIterator<T>, first: IteratorResult<T>, signal: AbortSignal): AsyncGenerator<T> {
  try {
    for (let next = first; next.done !== true; next = await iterator.next()) yield next.value;
  } catch (error) {
    // Who ended the call knows better why than the call does.
    signal.throwIfAborted();
    throw error;
  } finally {
    await iterator.return?.();
  }
}
