/** How a task stands. The last five are ends. */
export const TASK_STATES = [
  'ready',
  'leased',
  'completed',
  'completed-with-warnings',
  'incomplete',
  'stopped',
  'failed',
] as const;
export type TaskState = (typeof TASK_STATES)[number];

/** How a job stands. The last five are ends. */
export const JOB_STATES = [
  'running',
  'stopping',
  'completed',
  'completed-with-warnings',
  'completed-with-errors',
  'stopped',
  'failed',
] as const;
export type JobState = (typeof JOB_STATES)[number];

/** Ends of a backup that say who is protected and what was read. One that was stopped or failed counts for no retention. */
export const COUNTED_ENDS = [
  'completed',
  'completed-with-warnings',
  'completed-with-errors',
] as const satisfies JobState[];

/** How many tasks of a job stand how. */
export type TaskCounts = Readonly<Partial<Record<TaskState, number>>>;

export function isEnded(state: TaskState | JobState): boolean {
  return state !== 'ready' && state !== 'leased' && state !== 'running' && state !== 'stopping';
}

/**
 * The state of a job whose tasks have all ended. An incomplete or failed resource is an error of the job: a job is called
 * *completed* only when every item of every resource is accounted for.
 */
export function jobOutcome(counts: TaskCounts, hasWarnings: boolean): JobState {
  const of = (state: TaskState) => counts[state] ?? 0;
  const finished = of('completed') + of('completed-with-warnings') + of('incomplete');
  if (of('stopped') > 0) return 'stopped';
  if (of('failed') > 0) return finished > 0 ? 'completed-with-errors' : 'failed';
  if (of('incomplete') > 0) return 'completed-with-errors';
  return of('completed-with-warnings') > 0 || hasWarnings ? 'completed-with-warnings' : 'completed';
}
