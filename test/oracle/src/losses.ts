import type { Fault } from './check.js';
import type { Dice } from './dice.js';
import type { States } from './states.js';
import type { Trouble } from './troubles.js';

/** Defects of change tracking that keep a change from every client for good (docs: test/simulator, faults). */
const LOSSES = ['delta-missed-move', 'delta-missing-item'] as const;
/** What delta says, in some mailboxes, when only the read flag of a message changed: nothing. */
export const SILENT_READ_FLAG = { name: 'mail.delta-read-flag', value: 'silent' } as const;
/** In some mailboxes delta says nothing of a message that comes back to a folder, nor of what had changed in it before. */
export const LOST_RETURN = { name: 'mail.delta-lost-return', value: true } as const;
const FOLDER_PLACE = 1;
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
  /** Messages of which it may say nothing, since they came back to a folder. */
  readonly returned: ReadonlySet<string>;
  /** The models of all jobs up to this one. */
  readonly earlier: readonly States[];
}

/** The faults that lost changes do not explain. A full check has to find all that was hidden: give it nothing hidden. */
export function unexplained(faults: readonly Fault[], { losses, isSilent, returned, earlier }: Hidden): Fault[] {
  let left = losses;
  return faults.filter((fault) => {
    if (isSilent && fault.model.some((state) => differsInReadFlag(state, fault.saved))) return false;
    const isStale = fault.saved === undefined || earlier.some((states) => states.get(fault.item) === fault.saved);
    if (!isStale || fault.what === 'owed') return true;
    if (returned.has(fault.item) && isInItsFolder(fault)) return false;
    if (left === 0) return true;
    left -= 1;
    return false;
  });
}

/** A message that was not told of at all may be in any. */
function isInItsFolder({ saved, model }: Fault): boolean {
  return saved === undefined || model.some((state) => folderOf(state) === folderOf(saved));
}

const folderOf = (state: string) => (JSON.parse(state) as unknown[])[FOLDER_PLACE];

function differsInReadFlag(state: string, saved: string | undefined): boolean {
  return saved !== undefined && withoutReadFlag(state) === withoutReadFlag(saved);
}

function withoutReadFlag(state: string): string {
  const parts = JSON.parse(state) as unknown[];
  return JSON.stringify(parts[0] === 'message' ? parts.toSpliced(READ_FLAG_PLACE, 1) : parts);
}
