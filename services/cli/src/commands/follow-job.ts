import type { JobView } from '@holdfast/contracts/api';
import type { Session } from '../session.js';
import { failUnlessWell, watchJob } from '../watch-job.js';
import { fieldsOfJob, showHousekeeping } from './job.commands.js';

/** What to do about a job that was started. */
export interface Following {
  /** Whether to wait until it has ended. */
  readonly watch: boolean | undefined;
  /** The line that says how to learn more later. */
  readonly later: string;
  /** Shows what it did; what housekeeping did, unless told otherwise. */
  readonly show?: (session: Session, jobId: string) => Promise<void>;
}

/** Shows a job that was started, or follows it to its end, says what it did and fails unless it ended well. */
export async function followJob(session: Session, job: JobView, following: Following): Promise<void> {
  const { watch, later, show = showHousekeeping } = following;
  if (watch !== true) {
    session.print.fields(job, fieldsOfJob(job));
    session.print.line(later);
    return;
  }
  const ended = await watchJob(session, job.jobId);
  await show(session, job.jobId);
  failUnlessWell(ended);
}
