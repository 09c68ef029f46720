import type { Workload } from './ids.js';

/** So much per so long. */
export interface WorkRate {
  readonly amount: number;
  readonly perMs: number;
}

/** Microsoft's documented limits that reading or writing much meets. */
export interface WorkLimits {
  /** Per mailbox. */
  readonly mailRequests: WorkRate;
  /** Per mailbox, bytes of request bodies. */
  readonly mailUpload: WorkRate;
  /** Per tenant, in resource units. */
  readonly driveMinute: WorkRate;
  readonly driveDay: WorkRate;
}

/** The documented limits by which work may be slowed, and none where it is too little to meet one. */
export const BINDING_LIMITS = ['none', 'mailbox-requests', 'mailbox-upload', 'drive-minute', 'drive-day'] as const;
export type BindingLimit = (typeof BINDING_LIMITS)[number];

/** What work is expected to ask of Microsoft, and how long its limits make that take. */
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

/** What the work on one mailbox or drive is expected to take. */
export interface WorkCost {
  readonly workload: Workload;
  readonly requests: number;
  /** SharePoint's resource units; 0 for mail. */
  readonly units: number;
  readonly uploadBytes: number;
}

/** Adds up, and names the limit that binds: mailboxes have limits of their own and run side by side, drives share the tenant's. */
export class QuoteSum {
  #requests = 0;
  #units = 0;
  #uploadBytes = 0;
  #mostRequests = 0;
  #mostUploadBytes = 0;

  add({ workload, requests, units, uploadBytes }: WorkCost): void {
    this.#requests += requests;
    this.#units += units;
    this.#uploadBytes += uploadBytes;
    if (workload !== 'mail') return;
    this.#mostRequests = Math.max(this.#mostRequests, requests);
    this.#mostUploadBytes = Math.max(this.#mostUploadBytes, uploadBytes);
  }

  under(limits: WorkLimits): Quote {
    const times: readonly (readonly [BindingLimit, number])[] = [
      ['mailbox-requests', timeOf(this.#mostRequests, limits.mailRequests)],
      ['mailbox-upload', timeOf(this.#mostUploadBytes, limits.mailUpload)],
      driveTime(this.#units, limits),
    ];
    const [bindingLimit, expectedMs] = times.reduce<readonly [BindingLimit, number]>(
      (longest, one) => (one[1] > longest[1] ? one : longest),
      ['none', 0],
    );
    return {
      requests: this.#requests,
      units: this.#units,
      uploadBytes: this.#uploadBytes,
      expectedMs,
      bindingLimit,
    };
  }
}

/** A day's units go at the minute's pace; what is more waits for the next days. */
function driveTime(units: number, { driveMinute, driveDay }: WorkLimits): readonly [BindingLimit, number] {
  const fullDays = Math.max(0, Math.ceil(units / driveDay.amount) - 1);
  const lastMs = timeOf(units - fullDays * driveDay.amount, driveMinute);
  return [fullDays > 0 ? 'drive-day' : 'drive-minute', fullDays * driveDay.perMs + lastMs];
}

function timeOf(amount: number, limit: WorkRate): number {
  return Math.ceil((amount / limit.amount) * limit.perMs);
}
