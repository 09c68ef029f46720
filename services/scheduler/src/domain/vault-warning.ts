import type { JobKind } from './job-kind.js';

/** What whoever looks after a vault has to know: that locks cannot be extended, or that a destination does not answer. */
export interface VaultWarning {
  readonly about: 'locks' | 'destination';
  /** The same sentence while nothing but time goes by. */
  readonly text: string;
}

/**
 * What jobs have to do with. Who stores snapshots has them locked; who reads, copies or deletes what lies at destinations is hindered by one that
 * does not answer. A retention decides in the database alone.
 */
const CONCERNS: Readonly<Record<JobKind, readonly VaultWarning['about'][]>> = {
  backup: ['locks', 'destination'],
  rewriting: ['locks', 'destination'],
  restore: ['destination'],
  freeing: ['destination'],
  rebuild: ['destination'],
  check: ['destination'],
  deletion: ['destination'],
  retention: [],
};

/** The sentences that concern what a job of the kind does. */
export function warningsFor(kind: JobKind, warnings: readonly VaultWarning[]): readonly string[] {
  return warnings.filter(({ about }) => CONCERNS[kind].includes(about)).map(({ text }) => text);
}
