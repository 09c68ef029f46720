import { emptyTaskReport, type Tally, type TaskReport } from '@holdfast/contracts';

/** Two reports as one. */
export function addReports(one: TaskReport, other: TaskReport): TaskReport {
  return {
    newItems: addTallies(one.newItems, other.newItems),
    updated: addTallies(one.updated, other.updated),
    attributesChanged: addTallies(one.attributesChanged, other.attributesChanged),
    moved: addTallies(one.moved, other.moved),
    deleted: addTallies(one.deleted, other.deleted),
    unchanged: addTallies(one.unchanged, other.unchanged),
    skipped: addCounts(one.skipped, other.skipped),
    owed: one.owed + other.owed,
    unexplained: one.unexplained + other.unexplained,
    contentBytes: one.contentBytes + other.contentBytes,
    newBytes: one.newBytes + other.newBytes,
    storedBytes: one.storedBytes + other.storedBytes,
    deduplicatedBytes: one.deduplicatedBytes + other.deduplicatedBytes,
    requests: one.requests + other.requests,
    resourceUnits: one.resourceUnits + other.resourceUnits,
    throttled: one.throttled + other.throttled,
    housekeeping: addCounts(one.housekeeping ?? {}, other.housekeeping ?? {}),
    destinations: addByDestination(one.destinations ?? {}, other.destinations ?? {}),
  };
}

type ByDestination = NonNullable<TaskReport['destinations']>;

function addByDestination(one: ByDestination, other: ByDestination): ByDestination {
  const sum = { ...one };
  for (const [id, counts] of Object.entries(other)) sum[id] = addCounts(sum[id] ?? {}, counts);
  return sum;
}

function addCounts(one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>) {
  const sum = { ...one };
  for (const [name, count] of Object.entries(other)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

const addTallies = (one: Tally, other: Tally): Tally => ({
  items: one.items + other.items,
  originalBytes: one.originalBytes + other.originalBytes,
});

/** The sum of any number of reports, held one at a time. */
export function sumReports(reports: Iterable<TaskReport>): TaskReport {
  let sum = emptyTaskReport;
  for (const report of reports) sum = addReports(sum, report);
  return sum;
}
