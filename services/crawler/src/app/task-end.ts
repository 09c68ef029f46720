import type { Tally as WireTally, TaskReport } from '@holdfast/contracts';
import type { SnapshotId } from '@holdfast/kernel';
import { tallyOf, type LedgerTotals, type Outcome } from '@holdfast/vault';
import type { Progress, TaskEnd } from '@holdfast/worker';

/** The figures of a run that the ledger keeps by name beside its outcomes. */
export const WORK = [
  'contentBytes',
  'newBytes',
  'storedBytes',
  'deduplicatedBytes',
  'requests',
  'resourceUnits',
  'throttled',
] as const;
export type Work = (typeof WORK)[number];

/** How a task with a committed snapshot ended: what is owed or unexplained makes it incomplete, what is skipped a warning. */
export function endOf(ledger: LedgerTotals, progress: Progress, snapshotId: SnapshotId): TaskEnd {
  return { outcome: outcomeOf(ledger), progress, report: reportOf(ledger), snapshotId };
}

function outcomeOf(ledger: LedgerTotals): TaskEnd['outcome'] {
  if (ledger.owed > 0 || ledger.unexplained > 0) return 'incomplete';
  return tallyOf(ledger, 'skipped').items > 0 ? 'completed-with-warnings' : 'completed';
}

/** A snapshot's ledger as the report of its task. */
export function reportOf(ledger: LedgerTotals): TaskReport {
  const tally = (outcome: Outcome): WireTally => {
    const { items, bytes } = tallyOf(ledger, outcome);
    return { items, originalBytes: bytes };
  };
  const work = Object.fromEntries(WORK.map((name) => [name, ledger.work[name] ?? 0])) as Record<Work, number>;
  return {
    newItems: tally('new'),
    updated: tally('updated'),
    attributesChanged: tally('attributes'),
    moved: tally('moved'),
    deleted: tally('vanished'),
    unchanged: tally('unchanged'),
    skipped: { ...ledger.leftOut },
    owed: ledger.owed,
    unexplained: ledger.unexplained,
    ...work,
  };
}
