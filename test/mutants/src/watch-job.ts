import type { RunningSystem } from '@holdfast/demo';
import { AppError, SystemClock } from '@holdfast/kernel';

const LOOK_MS = 60;
const WITHIN_MS = 90_000;
const RUNNING: ReadonlySet<string> = new Set(['running', 'stopping']);
/** From the best end to the worst. */
const ENDS = ['completed', 'completed-with-warnings', 'completed-with-errors', 'stopped', 'failed'];

/** How a job went, in its own words. */
export interface JobSeen {
  readonly state: string;
  /** What it names: tasks that failed, items owed, folders unexplained. */
  readonly named: readonly string[];
}

/** Follows a job to its end, or to the first failure of a task: then it is asked to stop, for it would only try again. */
export async function watchJob({ api, url, apiKey }: RunningSystem, tenantId: string, jobId: string): Promise<JobSeen> {
  const clock = new SystemClock();
  const giveUpAt = clock.now() + WITHIN_MS;
  while (clock.now() < giveUpAt) {
    await clock.sleep(LOOK_MS);
    const rows = await api.tasks(tenantId, jobId);
    const failed = rows.flatMap(({ resourceId, lastErrorCode, lastErrorMessage = '' }) =>
      lastErrorCode === undefined ? [] : [`${resourceId}: ${lastErrorCode} ${lastErrorMessage}`],
    );
    if (failed.length > 0) {
      const headers = { authorization: `Bearer ${apiKey}` };
      await fetch(`${url}/api/v1/tenants/${tenantId}/jobs/${jobId}/stop`, { method: 'POST', headers });
      return { state: 'failed', named: failed };
    }
    const { state } = await api.ended(tenantId, jobId, 0).catch(() => ({ state: 'running' }));
    if (RUNNING.has(state)) continue;
    const ends = rows.filter((row) => row.state === 'incomplete').map((row) => `${row.resourceId}: incomplete`);
    return { state, named: ends };
  }
  throw new AppError('DEPENDENCY_UNAVAILABLE', `The job ${jobId} has not ended within ${WITHIN_MS / 1000} s.`);
}

/** Whether one end is worse than another. */
export function isWorse(state: string, than: string): boolean {
  return ENDS.indexOf(state) > ENDS.indexOf(than);
}
