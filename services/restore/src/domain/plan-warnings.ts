import type { PlanCounts } from './plan-counts.js';

/** What Microsoft's interface cannot carry, in words, once per kind of loss. */
const LOSSES = {
  mail: [
    'Messages that are made anew lose their internet message headers; sender, recipients, dates, state and attachments come back.',
    'Messages that are made anew may be shown outside their old conversation.',
  ],
  drive: [
    'Files that are made anew name the app as their author and last editor; their dates come back.',
    'Sharing links, permissions and older versions are not restored.',
  ],
} as const;

export type Workloads = ReadonlySet<keyof typeof LOSSES>;

/** The warnings of a plan that comes to these counts. */
export function planWarnings(workloads: Workloads, counts: PlanCounts, leftOut: ReadonlySet<string>): string[] {
  const isMade = counts.create + counts.overwrite + counts.keepBoth > 0;
  const losses = isMade ? [...workloads].flatMap((workload) => LOSSES[workload]) : [];
  if (leftOut.size === 0) return losses;
  return [...losses, `Some items have no content in the backup and are left out (${[...leftOut].sort().join(', ')}).`];
}
