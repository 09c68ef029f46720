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
      return { severity: 'info', kind: 'resource-finished', message: countsOf(report) };
    case 'completed-with-warnings':
      return { severity: 'warning', kind: 'resource-finished', message: `${countsOf(report)} ${skippedOf(report)}` };
    case 'incomplete':
      return {
        severity: 'error',
        kind: 'resource-incomplete',
        message: `${countsOf(report)} ${report.owed} items are owed, ${report.unexplained} folders differ without an explanation.`,
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

const countsOf = (report: Report) =>
  `${report.newItems.items} new, ${report.updated.items} updated, ${report.attributesChanged.items} with other attributes, ` +
  `${report.moved.items} moved, ${report.deleted.items} deleted, ${report.unchanged.items} unchanged.`;

const skippedOf = (report: Report) =>
  `Skipped: ${Object.entries(report.skipped)
    .map(([cause, items]) => `${items} (${cause})`)
    .join(', ')}.`;
