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
  readonly driveMinute: Rate;
  readonly driveDay: Rate;
}

/** The documented limits by which a restore may be slowed, and none where it is too small to meet one. */
export const BINDING_LIMITS = ['none', 'mailbox-requests', 'mailbox-upload', 'drive-minute', 'drive-day'] as const;
export type BindingLimit = (typeof BINDING_LIMITS)[number];

/** What a restore is expected to ask of Microsoft, and how long its limits make that take. */
export interface Quote {
  readonly requests: number;
  /** SharePoint's resource units. */
  readonly units: number;
  /** Bytes of request bodies. */
  readonly uploadBytes: number;
  readonly expectedMs: number;
  /** The limit that decides the time. */
  readonly bindingLimit: BindingLimit;
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
  return { requests: 1 + pieces, units: DRIVE_WRITE_UNITS, uploadBytes: bytes };
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

/** Adds up, and names the limit that binds: mailboxes have limits of their own and run side by side, drives share the tenant's. */
export function quote(steps: readonly TargetCost[], limits: RestoreLimits): Quote {
  const targets = steps.filter(({ requests }) => requests > 0).map(withFirstLook);
  const total = {
    requests: sumOf(targets, 'requests'),
    units: sumOf(targets, 'units'),
    uploadBytes: sumOf(targets, 'uploadBytes'),
  };
  const mail = targets.filter(({ workload }) => workload === 'mail');
  const times: readonly (readonly [BindingLimit, number])[] = [
    ...mail.map(({ requests }) => ['mailbox-requests', timeOf(requests, limits.mailRequests)] as const),
    ...mail.map(({ uploadBytes }) => ['mailbox-upload', timeOf(uploadBytes, limits.mailUpload)] as const),
    driveTime(total.units, limits),
  ];
  const [bindingLimit, expectedMs] = times.reduce((longest, one) => (one[1] > longest[1] ? one : longest), ['none', 0]);
  return { ...total, expectedMs, bindingLimit };
}

function withFirstLook(target: TargetCost): TargetCost {
  const { requests, units } = FIRST_LOOK[target.workload];
  return { ...target, requests: target.requests + requests, units: target.units + units };
}

/** A day's units go at the minute's pace; what is more waits for the next days. */
function driveTime(units: number, { driveMinute, driveDay }: RestoreLimits): readonly [BindingLimit, number] {
  const fullDays = Math.max(0, Math.ceil(units / driveDay.amount) - 1);
  const lastMs = timeOf(units - fullDays * driveDay.amount, driveMinute);
  return [fullDays > 0 ? 'drive-day' : 'drive-minute', fullDays * driveDay.perMs + lastMs];
}

function sumOf(targets: readonly TargetCost[], field: 'requests' | 'units' | 'uploadBytes'): number {
  return targets.reduce((sum, target) => sum + target[field], 0);
}

function timeOf(amount: number, rate: Rate): number {
  return Math.ceil((amount / rate.amount) * rate.perMs);
}
