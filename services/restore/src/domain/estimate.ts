import type { Quote, QuoteSum, WorkCost } from '@holdfast/kernel';
import type { StepAction } from './plan-step.js';

export interface StepCost {
  readonly requests: number;
  /** SharePoint's resource units; 0 for mail. */
  readonly units: number;
  /** Bytes of bodies. */
  readonly uploadBytes: number;
}

/** Attachments of a message beyond this go through an upload session each; in steps of this many bytes. */
const MAIL_PIECE_BYTES = 3_900_000;
const DRIVE_PIECE_BYTES = 10 * 1024 * 1024;
const BASE64 = 4 / 3;
const NOTHING: StepCost = { requests: 0, units: 0, uploadBytes: 0 };
const DRIVE_WRITE_UNITS = 2;
/** Looked for in the plan's place, looked for in its parent, made. */
const DRIVE_FOLDER: StepCost = { requests: 3, units: 2 + DRIVE_WRITE_UNITS, uploadBytes: 0 };
/** What a writer asks of a target before its first write: the mailbox's folders, well-known ones by name; the drive's root. */
const FIRST_LOOK: Readonly<Record<'mail' | 'drive', StepCost>> = {
  mail: { requests: 22, units: 0, uploadBytes: 0 },
  drive: { requests: 1, units: 1, uploadBytes: 0 },
};

/** The requests of one step, as the writers make them. */
export function costOf(workload: 'mail' | 'drive', action: StepAction, bytes: number): StepCost {
  if (action === 'skip' || action === 'unchanged') return NOTHING;
  if (workload === 'mail') return mailCost(action, bytes);
  if (action === 'create-folder') return DRIVE_FOLDER;
  const pieces = Math.max(1, Math.ceil(bytes / DRIVE_PIECE_BYTES));
  // Before the last piece of a large one, whether the file is still what is to be written over.
  const looks = action === 'overwrite' && pieces > 1 ? 1 : 0;
  return { requests: 1 + pieces + looks, units: DRIVE_WRITE_UNITS + looks, uploadBytes: bytes };
}

function mailCost(action: StepAction, bytes: number): StepCost {
  if (action === 'create-folder') return { requests: 1, units: 0, uploadBytes: 0 };
  const pieces = Math.ceil(bytes / MAIL_PIECE_BYTES) - 1;
  // A message is about as long as JSON as it was as MIME: both have attachments in base64. Large ones go as they are.
  const uploadBytes = pieces > 0 ? Math.ceil(bytes / BASE64) : bytes;
  const creation = { requests: 1 + (pieces > 0 ? pieces + 3 : 0), uploadBytes };
  // An overwritten message is looked at, changed or made anew, and looked at or removed.
  return action === 'overwrite'
    ? { ...creation, requests: creation.requests + 2, units: 0 }
    : { ...creation, units: 0 };
}

/** What writing to these targets is expected to take; `sum` is empty. */
export function quote(targets: readonly WorkCost[], sum: QuoteSum): Quote {
  for (const target of targets) if (target.requests > 0) sum.add(withFirstLook(target));
  return sum.quote();
}

function withFirstLook(target: WorkCost): WorkCost {
  const { requests, units } = FIRST_LOOK[target.workload];
  return { ...target, requests: target.requests + requests, units: target.units + units };
}
