import { counting, slotStart, sumOf, withUse, type SlotUse, type WindowLimit } from './window.js';

/** What a task is for, as its grant says. */
export type Lane = 'restore' | 'increment' | 'first-full';

/** One limit of a bucket. */
export interface Meter {
  readonly name: string;
  readonly limit: WindowLimit;
  /** Part of the limit, below 1, that lanes below restore leave free, so that a restore begins at once. */
  readonly reserve: number;
}

/** What holds for one bucket: a mailbox, one service of a tenant, or an app over all tenants. */
export interface BucketRules {
  readonly meters: readonly Meter[];
  /** Whether one unit counts in all meters alike (a minute and a day of resource units). */
  readonly isOneUnit: boolean;
  /** Whether many tasks live of it: then use is spread over the window and shared among members. */
  readonly isShared: boolean;
  /** Requests under way at once; 0 where there is no such limit. */
  readonly slots: number;
  /** What a member that waits among others gets at its turn. */
  readonly quantum: number;
}

/** A slice that somebody holds. It counts as used in whole until its holder tells what came of it. */
export interface OpenLease {
  readonly id: string;
  readonly member: string;
  readonly lane: Lane;
  /** In the order of the meters. */
  readonly amounts: readonly number[];
  readonly slots: number;
  /** From then on the holder counts as dead: its slice as used up, its places among the concurrent requests as free. */
  readonly endsAtMs: number;
}

/** Who shares a bucket: a task of a mailbox, a user of a tenant, a tenant of an app; one for each lane. */
export interface Member {
  readonly id: string;
  readonly lane: Lane;
  /** Use of the first meter, fading with its window; as of `usedAtMs`. */
  readonly used: number;
  readonly usedAtMs: number;
  /** Until then it counts as waiting, for up to so much. */
  readonly waitsUntilMs: number;
  readonly wanted: number;
}

/** What was used and is used of one bucket. Plain data, kept as a row. */
export interface BucketState {
  /** By the meter's name. */
  readonly used: Readonly<Record<string, readonly SlotUse[]>>;
  readonly leases: readonly OpenLease[];
  readonly members: readonly Member[];
  /** What lanes below restore were granted in the last slot of each meter. */
  readonly paced: Readonly<Record<string, SlotUse>>;
  /** What lanes below restore took of each meter's even flow ahead of it: as of a moment, from which it fades as the flow goes. */
  readonly ahead: Readonly<Record<string, SlotUse>>;
  readonly fencedUntilMs: number;
  /** What Microsoft counts of the first meter beyond our own count, and until when. */
  readonly foreign: { readonly amount: number; readonly untilMs: number };
}

export const UNUSED: BucketState = {
  used: {},
  leases: [],
  members: [],
  paced: {},
  ahead: {},
  fencedUntilMs: 0,
  foreign: { amount: 0, untilMs: 0 },
};

/** Below this a member's past use says nothing. */
const FADED = 0.5;

/** The state without what is over: slots that left their windows, members that rest, leases whose holders are dead. */
export function tidied(state: BucketState, rules: BucketRules, nowMs: number): BucketState {
  const dead = state.leases.filter(({ endsAtMs }) => endsAtMs <= nowMs);
  const used = Object.fromEntries(
    rules.meters.map(({ name, limit }, index) => {
      const uses = dead.reduce(
        (all, lease) => withUse(limit, all, { atMs: lease.endsAtMs, amount: lease.amounts[index] ?? 0 }),
        state.used[name] ?? [],
      );
      return [name, counting(limit, uses, nowMs)];
    }),
  );
  const isAwake = (member: Member) => member.waitsUntilMs > nowMs || fadedUse(member, rules, nowMs) > FADED;
  const leases = state.leases.filter(({ endsAtMs }) => endsAtMs > nowMs);
  return { ...state, used, leases, members: state.members.filter(isAwake) };
}

/** What a member used of the first meter, the older the less. */
export function fadedUse({ used, usedAtMs }: Member, { meters }: BucketRules, nowMs: number): number {
  const windowMs = meters[0]?.limit.windowMs ?? 1;
  return used * Math.exp(-Math.max(0, nowMs - usedAtMs) / windowMs);
}

/** What is left of a meter: all of it but what was used, is leased, and what others use of the same limit. */
export function free(state: BucketState, { meters }: BucketRules, index: number, nowMs: number): number {
  const meter = meters[index];
  if (!meter) return 0;
  const leased = state.leases.reduce((sum, { amounts }) => sum + (amounts[index] ?? 0), 0);
  const foreign = index === 0 && state.foreign.untilMs > nowMs ? state.foreign.amount : 0;
  return meter.limit.amount - sumOf(state.used[meter.name] ?? []) - leased - foreign;
}

/** Nothing is leased until the time is over. */
export function fenced(state: BucketState, untilMs: number): BucketState {
  return { ...state, fencedUntilMs: Math.max(state.fencedUntilMs, untilMs) };
}

/** The members that hold slices of the bucket, each once. */
export function holdersOf({ leases }: BucketState): readonly string[] {
  return [...new Set(leases.map(({ member }) => member))];
}

/** What Microsoft says of the first meter. */
export interface ServiceCount {
  readonly remaining: number;
  readonly resetMs: number;
}

/** What is said is a little old when it comes: so much of the limit may have become free since. */
const STALE_PART = 0.02;

/** Believes the service where it leaves less than we would: others use the same app, an earlier installation did, or its limit is lower. */
export function corrected(state: BucketState, rules: BucketRules, told: ServiceCount, nowMs: number): BucketState {
  const amount = rules.meters[0]?.limit.amount ?? 0;
  const beyond = free({ ...state, foreign: UNUSED.foreign }, rules, 0, nowMs) - told.remaining;
  const isBeyond = beyond > amount * STALE_PART;
  return { ...state, foreign: isBeyond ? { amount: beyond, untilMs: nowMs + told.resetMs } : UNUSED.foreign };
}

/**
 * The state of a bucket whose clock went back by at least so much since it was counted: as if it had been counted now. More may count as
 * used than is, for as long as a window; never less.
 */
export function setBack(state: BucketState, ms: number): BucketState {
  const earlier = ([startMs, used]: SlotUse): SlotUse => [startMs - ms, used];
  const eachOf = (slots: Readonly<Record<string, SlotUse>>) =>
    Object.fromEntries(Object.entries(slots).map(([name, use]) => [name, earlier(use)]));
  return {
    used: Object.fromEntries(Object.entries(state.used).map(([name, uses]) => [name, uses.map(earlier)])),
    leases: state.leases.map((lease) => ({ ...lease, endsAtMs: lease.endsAtMs - ms })),
    members: state.members.map((member) => ({
      ...member,
      usedAtMs: member.usedAtMs - ms,
      waitsUntilMs: member.waitsUntilMs - ms,
    })),
    paced: eachOf(state.paced),
    ahead: eachOf(state.ahead),
    fencedUntilMs: state.fencedUntilMs - ms,
    foreign: { ...state.foreign, untilMs: state.foreign.untilMs - ms },
  };
}

/**
 * The state of a bucket whose count was lost since a moment, e.g. because the database was put back from a copy: as much counts as
 * used as could have been used since. That is all of a window that is shorter than the gap; a day cannot have lost more than its
 * minutes let through.
 */
export function afterLoss(state: BucketState, rules: BucketRules, lostSinceMs: number, nowMs: number): BucketState {
  const first = rules.meters[0]?.limit;
  if (!first) return state;
  const windows = Math.ceil(Math.max(0, nowMs - lostSinceMs) / first.windowMs) + 1;
  const used = Object.fromEntries(
    rules.meters.map(({ name, limit }) => {
      const most = rules.isOneUnit ? Math.min(limit.amount, first.amount * windows) : limit.amount;
      return [name, withUse(limit, state.used[name] ?? [], { atMs: slotStart(limit, nowMs), amount: most })];
    }),
  );
  return { ...state, used, leases: [], members: [] };
}
