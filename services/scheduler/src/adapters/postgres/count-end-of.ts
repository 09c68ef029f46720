import type { TaskReport } from '@holdfast/contracts';
import { parseResourceId, resourceParts } from '@holdfast/kernel';
import { count } from '@holdfast/platform';
import type { Task } from '../../app/jobs.port.js';
import type { TaskEnd } from '../../app/tasks.port.js';

/** Counts a task that has just ended, with what its report says of items and bytes. */
export function countEndOf({ kind, resourceId }: Task, { outcome, report }: TaskEnd): void {
  const { workload } = resourceParts(parseResourceId(resourceId));
  count('holdfast.tasks.ended', 1, { kind, workload, outcome });
  for (const [of, items] of Object.entries(itemsIn(report)))
    count('holdfast.items', items, { kind, workload, outcome: of });
  for (const [stage, bytes] of Object.entries(bytesIn(report)))
    count('holdfast.bytes', bytes, { kind, workload, stage });
}

const itemsIn = (report: TaskReport) => ({
  new: report.newItems.items,
  updated: report.updated.items,
  attributes: report.attributesChanged.items,
  moved: report.moved.items,
  vanished: report.deleted.items,
  unchanged: report.unchanged.items,
  skipped: Object.values(report.skipped).reduce((sum, items) => sum + items, 0),
  owed: report.owed,
});

const bytesIn = (report: TaskReport) => ({
  content: report.contentBytes,
  new: report.newBytes,
  deduplicated: report.deduplicatedBytes,
  stored: report.storedBytes,
});
