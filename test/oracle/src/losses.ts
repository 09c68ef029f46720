import type { Fault } from './check.js';
import type { Dice } from './dice.js';
import type { States } from './states.js';
import type { Trouble } from './troubles.js';

/** Defects of change tracking that keep a change from every client for good (docs: test/simulator, faults). */
const LOSSES = ['delta-missed-move', 'delta-missing-item'] as const;
/** What delta says, in some mailboxes, when only the read flag of a message changed: nothing. */
export const SILENT_READ_FLAG = { name: 'mail.delta-read-flag', value: 'silent' } as const;
const READ_FLAG_PLACE = 3;

/** One change that change tracking loses, in a tenant that has such trouble. */
export function drawLoss(dice: Dice, name: string, tenantId: string): Trouble {
  return {
    fault: dice.pick(`${name}/loss`, LOSSES),
    times: 1,
    after: dice.below(`${name}/loss/after`, 4),
    match: { tenantId },
  };
}

/** What change tracking may have kept from the jobs up to this one. */
export interface Hidden {
  /** Changes that it lost: each explains one item that is as it was before, or not there yet. */
  readonly losses: number;
  /** Whether it is silent of read flags. */
  readonly isSilent: boolean;
  /** The models of all jobs up to this one. */
  readonly earlier: readonly States[];
}

/** The faults that lost changes do not explain. A full check has to find all that was hidden: give it nothing hidden. */
export function unexplained(faults: readonly Fault[], { losses, isSilent, earlier }: Hidden): Fault[] {
  let left = losses;
  return faults.filter((fault) => {
    if (isSilent && fault.model.some((state) => differsInReadFlag(state, fault.saved))) return false;
    const isStale = fault.saved === undefined || earlier.some((states) => states.get(fault.item) === fault.saved);
    if (!isStale || fault.what === 'owed' || left === 0) return true;
    left -= 1;
    return false;
  });
}

function differsInReadFlag(state: string, saved: string | undefined): boolean {
  return saved !== undefined && withoutReadFlag(state) === withoutReadFlag(saved);
}

function withoutReadFlag(state: string): string {
  const parts = JSON.parse(state) as unknown[];
  return JSON.stringify(parts[0] === 'message' ? parts.toSpliced(READ_FLAG_PLACE, 1) : parts);
}
