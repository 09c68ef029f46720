import { AppError, type SnapshotId } from '@holdfast/kernel';
import { daysBefore } from './calendar.js';
import type { RetentionPolicy } from './retention-policy.js';
import { type JobReason, wantedJobs } from './wanted-jobs.js';

/** What retention has to know of a snapshot. Instants in milliseconds since the epoch. */
export interface RetainedSnapshot {
  readonly snapshot: SnapshotId;
  /** Start of the job that made it: decides the day it belongs to. */
  readonly jobStartedAt: number;
  /** A destination keeps its object until then. */
  readonly lockedUntil?: number;
}

/** One chain of snapshots, and what its set has done. */
export interface RetainedChain {
  /** Several that jobs of one start made are copies of one state: some of a chain that is being made anew. */
  readonly snapshots: readonly RetainedSnapshot[];
  /** When the set stopped protecting the resource: start of the first job without it. Where a snapshot is as young, it has come back since. */
  readonly leftAt?: number;
  /** Start of the newest job that read the resource whole: with nothing owed and no difference left unexplained. Never falls. */
  readonly wholeAt?: number;
  /** A legal hold on the set, the account or the resource. */
  readonly isHeld: boolean;
}

export interface RetentionQuestion {
  readonly policy: RetentionPolicy;
  /** IANA time zone of the set. */
  readonly timeZone: string;
  readonly now: number;
  /** Starts of the set's jobs, ascending, each once. */
  readonly jobs: readonly number[];
  readonly chain: RetainedChain;
}

export type StayReason =
  | JobReason
  /** The resource's present state: the next job builds on it. */
  | { readonly rule: 'newest' }
  /** What came after it is not whole, so whoever wants the resource whole wants this one. */
  | { readonly rule: 'newest-whole' }
  /** It was the resource's state at some time of the policy's last days. */
  | { readonly rule: 'days' }
  | { readonly rule: 'no-policy' }
  | { readonly rule: 'legal-hold' }
  | { readonly rule: 'object-lock'; readonly until: number };

export type RetentionVerdict =
  | { readonly snapshot: SnapshotId; readonly stays: true; readonly because: readonly StayReason[] }
  /** `endedAt`: when it stopped being the resource's state. No rule of the policy asks for it any more. */
  | { readonly snapshot: SnapshotId; readonly stays: false; readonly endedAt: number };

/**
 * Which snapshots of a chain stay, and why each stays or goes, in the order of the chain. A snapshot is the resource's state from the start of its
 * job to that of the next job's that made one, so the state as of any kept job or day is kept even where that job found nothing to change. Copies
 * of a state stay or go together but for their locks: which of them is to stand for the others is decided by whoever makes them.
 * Later answers to the same policy never ask for a snapshot that an earlier one let go. No rule lets go of the newest state that a resource
 * was read whole in while the set protects it, however many jobs failed after it. INTERNAL where an instant is none: nothing may go for that.
 */
export function decideRetention(question: RetentionQuestion): readonly RetentionVerdict[] {
  const { now, chain } = question;
  demandInstants(question);
  const states = statesOf(question);
  return chain.snapshots.map(({ snapshot, jobStartedAt, lockedUntil }) => {
    const { endedAt, because } = states.get(jobStartedAt) ?? undecided(snapshot);
    const isLocked = lockedUntil !== undefined && lockedUntil > now;
    const reasons = isLocked ? [...because, { rule: 'object-lock' as const, until: lockedUntil }] : because;
    return reasons.length > 0 ? { snapshot, stays: true, because: reasons } : { snapshot, stays: false, endedAt };
  });
}

/** What is no number is neither before nor after anything, so that no rule would ask for it. */
function demandInstants({ now, chain: { snapshots, leftAt, wholeAt } }: RetentionQuestion): void {
  if ([now, leftAt, wholeAt].some(Number.isNaN))
    throw new AppError('INTERNAL', 'Retention was asked at an instant that is none.');
  for (const { snapshot, jobStartedAt, lockedUntil } of snapshots)
    if (Number.isNaN(jobStartedAt) || Number.isNaN(lockedUntil)) undecided(snapshot);
}

function undecided(snapshot: SnapshotId): never {
  throw new AppError('INTERNAL', 'Retention could not decide about a snapshot.', { context: { snapshot } });
}

/** The resource from one job on, and which rules want that. */
interface State {
  /** When it stopped being so; infinite for what it is. */
  readonly endedAt: number;
  readonly because: readonly StayReason[];
}

/** By the start of its job. */
function statesOf({ policy, timeZone, now, jobs, chain }: RetentionQuestion): ReadonlyMap<number, State> {
  const wanted = [...wantedJobs(policy, jobs, timeZone)].sort(([one], [other]) => one - other);
  let at = 0;
  const hasRule = Object.values(policy).some((rule) => rule !== undefined);
  const keptSince = policy.days === undefined ? Infinity : daysBefore(now, policy.days, timeZone);
  const begins = [...new Set(chain.snapshots.map(({ jobStartedAt }) => jobStartedAt))].sort(
    (one, other) => one - other,
  );
  const leftAt = isAfter(chain.leftAt, begins.at(-1)) ? chain.leftAt : undefined;
  const states = begins.map((begunAt, index): readonly [number, State] => {
    const endedAt = begins[index + 1] ?? leftAt ?? Infinity;
    const because: StayReason[] = [];
    if (endedAt === Infinity) because.push({ rule: 'newest' });
    else if (leftAt === undefined && isStateAt(chain.wholeAt, begunAt, endedAt)) because.push({ rule: 'newest-whole' });
    if (!hasRule) because.push({ rule: 'no-policy' });
    if (endedAt > keptSince) because.push({ rule: 'days' });
    for (; at < wanted.length && (wanted[at]?.[0] ?? 0) < endedAt; at += 1)
      if ((wanted[at]?.[0] ?? 0) >= begunAt) because.push(...(wanted[at]?.[1] ?? []));
    if (chain.isHeld) because.push({ rule: 'legal-hold' });
    return [begunAt, { endedAt, because }];
  });
  return new Map(states);
}

const isAfter = (instant: number | undefined, begunAt: number | undefined): boolean =>
  instant !== undefined && begunAt !== undefined && instant > begunAt;

const isStateAt = (instant: number | undefined, begunAt: number, endedAt: number): boolean =>
  instant !== undefined && begunAt <= instant && instant < endedAt;
