import type { Workload } from '../ids.js';
import { timeThrough, type Allowance } from './allowance.js';

/** The limits of Microsoft's that reading or writing much meets, as one tenant's leases are cut from them. */
export interface WorkLimits {
  /** Per mailbox. */
  readonly mailRequests: Allowance;
  /** Per mailbox, bytes of request bodies. */
  readonly mailUpload: Allowance;
  /** Per mailbox, requests at the same time. */
  readonly mailAtOnce: number;
  /** Per tenant, in resource units. */
  readonly driveMinute: Allowance;
  readonly driveDay: Allowance;
  /** Of all tenants of the app registration; a resource unit counts as a request. */
  readonly app: Allowance;
}

/** What else decides how fast work goes. */
export interface WorkPace {
  /** Milliseconds that a request takes, its way and its answer's included. */
  readonly requestMs: number;
  /** Requests that one resource makes at the same time, where no limit says less. */
  readonly requestsAtOnce: Readonly<Record<Workload, number>>;
  /** Resources that are worked on at the same time. */
  readonly tasksAtOnce: number;
}

/**
 * Milliseconds that a request takes where nothing was measured yet: four at once then just use up the 10,000 that a mailbox may be asked in
 * ten minutes. Microsoft names no time.
 */
export const ASSUMED_REQUEST_MS = 240;

/** What may decide the time: a limit of Microsoft's, or how many requests and resources there are at once; none where there is no work. */
export const BINDING_LIMITS = [
  'none',
  'mailbox-requests',
  'mailbox-upload',
  'mailbox-concurrency',
  'drive-minute',
  'drive-day',
  'drive-concurrency',
  'app-requests',
  'tasks-at-once',
] as const;
export type BindingLimit = (typeof BINDING_LIMITS)[number];

/** How long work takes, and what decides that. */
export interface WorkTime {
  readonly ms: number;
  readonly bindingLimit: BindingLimit;
}

/** A mailbox: its requests, a few at a time and so many in a window, and the bytes that they upload. */
export function mailboxTime(
  work: { readonly requests: number; readonly uploadBytes: number },
  limits: Pick<WorkLimits, 'mailRequests' | 'mailUpload' | 'mailAtOnce'>,
  pace: WorkPace,
): WorkTime {
  const unitMs = pace.requestMs / Math.min(limits.mailAtOnce, pace.requestsAtOnce.mail);
  const alone = work.requests * unitMs;
  return longest([
    { bindingLimit: 'mailbox-concurrency', ms: Math.round(alone) },
    { bindingLimit: 'mailbox-requests', ms: timeThrough(limits.mailRequests, work.requests, unitMs) },
    { bindingLimit: 'mailbox-upload', ms: timeThrough(limits.mailUpload, work.uploadBytes, alone / work.uploadBytes) },
  ]);
}

/** A drive by itself, before it shares the tenant's units with others. */
export function driveTime(work: { readonly requests: number }, pace: WorkPace): WorkTime {
  const ms = Math.round((work.requests * pace.requestMs) / pace.requestsAtOnce.drive);
  return longest([{ bindingLimit: 'drive-concurrency', ms }]);
}

/** All drives of a tenant: a day's units go at the minute's pace; what is more waits for the next days. */
export function unitsTime(units: number, { driveMinute, driveDay }: WorkLimits): WorkTime {
  const fullDays = Math.max(0, Math.ceil(units / driveDay.amount) - 1);
  const last = units - fullDays * driveDay.amount;
  const ofDay =
    fullDays * driveDay.againMs + timeThrough({ ...driveDay, atOnce: fullDays > 0 ? 0 : driveDay.atOnce }, last, 0);
  const ofMinute = fullDays * driveDay.againMs + timeThrough(driveMinute, last, 0);
  return longest([
    { bindingLimit: fullDays > 0 ? 'drive-day' : 'drive-minute', ms: ofMinute },
    { bindingLimit: 'drive-day', ms: ofDay },
  ]);
}

/** Everything that an app registration asks for. */
export function appTime(requests: number, { app }: WorkLimits): WorkTime {
  return longest([{ bindingLimit: 'app-requests', ms: timeThrough(app, requests, 0) }]);
}

/** The first of equals; none where nothing takes time. */
export function longest(times: readonly WorkTime[]): WorkTime {
  return times.reduce((most, one) => (one.ms > most.ms ? one : most), { bindingLimit: 'none', ms: 0 });
}
