import { z } from 'zod';

const count = z.int().min(0);

/** Items and the bytes that the source counts for them. */
export const tally = z.object({ items: count, originalBytes: count });
export type Tally = z.infer<typeof tally>;

/**
 * What one task did to one resource: counts and causes, never names or content. The counts of a backup are the snapshot's
 * ledger totals; each item at the source ends in exactly one of them.
 */
export const taskReport = z.object({
  newItems: tally,
  updated: tally,
  /** Content unchanged; read state, flag, category, name or the like changed. */
  attributesChanged: tally,
  moved: tally,
  /** Proven to be gone from the source. */
  deleted: tally,
  unchanged: tally,
  /** Left out for good; by cause, each from the workload's closed list. */
  skipped: z.record(z.string(), count),
  /** Failed this time; read first by the next job. */
  owed: count,
  /** Folders whose count differs from the service's without an explanation. */
  unexplained: count,
  /** Bytes read for content. */
  contentBytes: count,
  /** Plain bytes of chunks that the vault did not have, and the bytes they take sealed. */
  newBytes: count,
  storedBytes: count,
  /** Plain bytes that the vault had already. */
  deduplicatedBytes: count,
  requests: count,
  resourceUnits: count,
  throttled: count,
  /** What a job that keeps a vault in order did, by name. */
  housekeeping: z.record(z.string(), count).optional(),
  /** The same by destination, where it differs between them, such as what a rebuild took from which. */
  destinations: z.record(z.string(), z.record(z.string(), count)).optional(),
});
export type TaskReport = z.infer<typeof taskReport>;

const zero: Tally = { items: 0, originalBytes: 0 };

/** A report of nothing: what sums start from. */
export const emptyTaskReport: TaskReport = Object.freeze({
  newItems: zero,
  updated: zero,
  attributesChanged: zero,
  moved: zero,
  deleted: zero,
  unchanged: zero,
  skipped: {},
  owed: 0,
  unexplained: 0,
  contentBytes: 0,
  newBytes: 0,
  storedBytes: 0,
  deduplicatedBytes: 0,
  requests: 0,
  resourceUnits: 0,
  throttled: 0,
});
