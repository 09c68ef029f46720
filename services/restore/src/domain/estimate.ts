import type { StepAction } from './plan-step.js';

/** So much per so long. */
export interface Rate {
  readonly amount: number;
  readonly perMs: number;
}

/** Microsoft's documented limits that a restore meets. */
export interface RestoreLimits {
  /** Per mailbox. */
  readonly mailRequests: Rate;
  /** Per mailbox, bytes of request bodies. */
  readonly mailUpload: Rate;
  /** Per tenant, in resource units. */
  readonly driveUnits: Rate;
}

/** What writing to one resource is expected to take. */
export interface TargetCost {
  readonly workload: 'mail' | 'drive';
  readonly requests: number;
  readonly units: number;
  readonly uploadBytes: number;
}

export interface StepCost {
  readonly requests: number;
  /** SharePoint's resource units; 0 for mail. */
  readonly units: number;
  /** Bytes of bodies; base64 makes attachments a third longer. */
  readonly uploadBytes: number;
}

/** Attachments of a message beyond this go through an upload session each; in steps of this many bytes. */
const MAIL_PIECE_BYTES = 3_900_000;
const DRIVE_PIECE_BYTES = 10 * 1024 * 1024;
const BASE64 = 4 / 3;
const NOTHING: StepCost = { requests: 0, units: 0, uploadBytes: 0 };
const DRIVE_WRITE_UNITS = 2;

/** The requests of one step, as the writers make them. */
export function costOf(workload: 'mail' | 'drive', action: StepAction, bytes: number): StepCost {
  if (action === 'skip' || action === 'unchanged') return NOTHING;
  if (workload === 'mail') return mailCost(action, bytes);
  if (action === 'create-folder') return { requests: 1, units: DRIVE_WRITE_UNITS, uploadBytes: 0 };
  const pieces = Math.max(1, Math.ceil(bytes / DRIVE_PIECE_BYTES));
  return { requests: 1 + pieces, units: DRIVE_WRITE_UNITS, uploadBytes: bytes };
}

function mailCost(action: StepAction, bytes: number): StepCost {
  if (action === 'create-folder') return { requests: 1, units: 0, uploadBytes: 0 };
  const pieces = Math.ceil(bytes / MAIL_PIECE_BYTES) - 1;
  const creation = { requests: 1 + (pieces > 0 ? pieces + 3 : 0), uploadBytes: Math.ceil(bytes * BASE64) };
  // An overwritten message is looked at, changed or made anew, and looked at or removed.
  return action === 'overwrite'
    ? { ...creation, requests: creation.requests + 2, units: 0 }
    : { ...creation, units: 0 };
}

/** Milliseconds by the limit that binds: mailboxes have limits of their own and run side by side, drives share the tenant's. */
export function expectedMs(targets: readonly TargetCost[], limits: RestoreLimits): number {
  const mailMs = targets
    .filter(({ workload }) => workload === 'mail')
    .map(({ requests, uploadBytes }) =>
      Math.max(timeOf(requests, limits.mailRequests), timeOf(uploadBytes, limits.mailUpload)),
    );
  const units = targets.filter(({ workload }) => workload === 'drive').reduce((sum, target) => sum + target.units, 0);
  return Math.max(0, timeOf(units, limits.driveUnits), ...mailMs);
}

function timeOf(amount: number, rate: Rate): number {
  return Math.ceil((amount / rate.amount) * rate.perMs);
}
