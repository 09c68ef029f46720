import type { JobChanged, TaskFinished } from '@holdfast/contracts';

/** A line of a job's log: words and ids, never names of customers' things. */
export interface LogLine {
  readonly severity: 'info' | 'warning' | 'error';
  readonly kind: string;
  readonly message: string;
}

/** What the log says of a job's change; a job that still runs says so once. */
export function describeJob(change: JobChanged): LogLine {
  const resources = `${change.tasksTotal} resources`;
  switch (change.state) {
    case 'running':
      return { severity: 'info', kind: 'started', message: 'The job has started.' };
    case 'stopping':
      return { severity: 'warning', kind: 'stop-requested', message: 'The job was asked to stop.' };
    case 'stopped':
      return {
        severity: 'warning',
        kind: 'stopped',
        message: 'The job was stopped. What it had stored is kept; the next job goes on.',
      };
    case 'failed':
      return { severity: 'error', kind: 'failed', message: 'The job failed: no resource could be finished.' };
    case 'completed':
      return { severity: 'info', kind: 'completed', message: `The job is complete: ${resources}.` };
    case 'completed-with-warnings':
      return { severity: 'warning', kind: 'completed', message: `The job is complete, with warnings: ${resources}.` };
    case 'completed-with-errors':
      return {
        severity: 'error',
        kind: 'completed',
        message: `The job ended with errors: look at its resources (${resources}).`,
      };
  }
}

/** What the log says of a resource's end. */
export function describeTask({ outcome, report, errorCode, errorMessage }: TaskFinished): LogLine {
  switch (outcome) {
    case 'completed':
      return { severity: 'info', kind: 'resource-finished', message: doneIn(report) };
    case 'completed-with-warnings':
      return { severity: 'warning', kind: 'resource-finished', message: `${doneIn(report)}${skippedOf(report)}` };
    case 'incomplete':
      return {
        severity: 'error',
        kind: 'resource-incomplete',
        message: `${doneIn(report)}${leftIn(report)}`,
      };
    case 'stopped':
      return {
        severity: 'warning',
        kind: 'resource-stopped',
        message: 'Stopped; what was stored is kept for the next job.',
      };
    case 'failed':
      return { severity: 'error', kind: 'resource-failed', message: `${errorCode}: ${errorMessage}` };
  }
}

type Report = TaskFinished['report'];

/** Items by what became of them; of a job that keeps a vault in order, what it counted. */
function doneIn({ housekeeping, ...report }: Report): string {
  if (housekeeping) return `${namedCounts(housekeeping)}.`;
  return (
    `${report.newItems.items} new, ${report.updated.items} updated, ${report.attributesChanged.items} with other attributes, ` +
    `${report.moved.items} moved, ${report.deleted.items} deleted, ${report.unchanged.items} unchanged.`
  );
}

/** Those that are zero say nothing. */
const namedCounts = (counts: NonNullable<Report['housekeeping']>) =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'Nothing had to be done';

const leftIn = ({ housekeeping, owed, unexplained }: Report) =>
  housekeeping ? '' : ` ${owed} items are owed, ${unexplained} folders differ without an explanation.`;

const skippedOf = ({ housekeeping, skipped }: Report) =>
  housekeeping
    ? ''
    : ` Skipped: ${Object.entries(skipped)
        .map(([cause, items]) => `${items} (${cause})`)
        .join(', ')}.`;
