import { resourceIdOf, type ResourceId, type Workload } from '@holdfast/kernel';

/** Which accounts and workloads a backup set protects. */
export interface SourceSelection {
  /** All accounts, newcomers included. */
  readonly allAccounts: boolean;
  /** With `allAccounts`: all but these; else: these. Microsoft's ids. */
  readonly accountIds: ReadonlySet<string>;
  readonly workloads: readonly Workload[];
  /** Leaves out accounts that no licence is assigned to. */
  readonly skipUnlicensed: boolean;
}

/** What selecting needs to know of an account. */
export interface Account {
  readonly accountId: string;
  readonly isLicensed: boolean;
}

/** The resources of one account that a set protects; none when it leaves the account out. */
export function selectedResources(selection: SourceSelection, account: Account): ResourceId[] {
  return selection.skipUnlicensed && !account.isLicensed ? [] : chosenResources(selection, account);
}

/** The resources of one account that a set would protect, and leaves out because no licence is assigned to it. */
export function unlicensedResources(selection: SourceSelection, account: Account): ResourceId[] {
  return selection.skipUnlicensed && !account.isLicensed ? chosenResources(selection, account) : [];
}

function chosenResources(
  { accountIds, allAccounts, workloads }: SourceSelection,
  { accountId }: Account,
): ResourceId[] {
  if (accountIds.has(accountId) === allAccounts) return [];
  return workloads.map((workload) => resourceIdOf(workload, accountId));
}

/** Chosen accounts that the directory no longer has: a warning of the job, not a failure. */
export function missingAccounts(selection: SourceSelection, seen: ReadonlySet<string>): string[] {
  return selection.allAccounts ? [] : [...selection.accountIds].filter((id) => !seen.has(id));
}
