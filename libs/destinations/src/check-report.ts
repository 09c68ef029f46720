import { isAppError } from '@holdfast/kernel';

/** What a check tries, in this order; a destination leaves out what does not apply to it. */
export type CheckStep =
  | 'name'
  | 'connection'
  | 'credential'
  | 'bucket'
  | 'folder'
  | 'write'
  | 'keep'
  | 'read'
  | 'list'
  | 'delete'
  | 'lock'
  | 'vault';

export interface CheckedStep {
  readonly step: CheckStep;
  readonly outcome: 'ok' | 'warning' | 'failed' | 'skipped';
  /** What was found and, unless it is fine, what to do about it. */
  readonly words: string;
}

export interface CheckReport {
  /** No step failed. */
  readonly isUsable: boolean;
  readonly steps: readonly CheckedStep[];
}

/** One thing to try: resolves to the words of success, or to a warning; throws what went wrong. */
export interface Check {
  readonly step: CheckStep;
  readonly run: () => Promise<string | { readonly warning: string }>;
}

async function tryOne({ step, run }: Check): Promise<CheckedStep> {
  try {
    const found = await run();
    return typeof found === 'string'
      ? { step, outcome: 'ok', words: found }
      : { step, outcome: 'warning', words: found.warning };
  } catch (error) {
    const words = isAppError(error) ? error.message : `Failed in a way that has no name yet: ${String(error)}`;
    return { step, outcome: 'failed', words };
  }
}

/** Runs checks in order until one fails; those after it could only fail for the same cause and are named as skipped. */
export async function runChecks(checks: readonly Check[]): Promise<CheckReport> {
  const steps: CheckedStep[] = [];
  let isUsable = true;
  for (const check of checks) {
    const checked: CheckedStep = isUsable
      ? await tryOne(check)
      : { step: check.step, outcome: 'skipped', words: 'Not tried, because an earlier step failed.' };
    isUsable &&= checked.outcome !== 'failed';
    steps.push(checked);
  }
  return { isUsable, steps };
}
