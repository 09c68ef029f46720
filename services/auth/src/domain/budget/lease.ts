import {
  corrected,
  fadedUse,
  free,
  tidied,
  type BucketRules,
  type BucketState,
  type Lane,
  type Member,
  type OpenLease,
  type ServiceCount,
} from './bucket.js';
import { open, sceneOf, shareOf, slotsFor, turnInMs, withAhead, type Scene, type ShareAsk } from './fair-share.js';
import { freeAt, slotStart, withUse } from './window.js';

/** What a holder says of its slice when it asks again or gives it back. Amounts in the order of the meters. */
export interface Told {
  /** Never sent, and no longer to be sent. */
  readonly unused: readonly number[];
  /** Sent, and not answered: may reach Microsoft later than now. */
  readonly inFlight: readonly number[];
  /** Requests under way, in a bucket that limits their number. */
  readonly inside: number;
}

export interface LeaseAsk {
  /** Names the slice; the same again when its holder asks for more. */
  readonly leaseId: string;
  readonly told: Told;
  readonly member: string;
  readonly lane: Lane;
  /** Amounts wanted, and the least that would help, in the order of the meters. */
  readonly wanted: readonly number[];
  readonly least: readonly number[];
  /** Places among the concurrent requests. */
  readonly slots: number;
  /** What Microsoft last said of the first meter. */
  readonly seen?: ServiceCount;
}

export interface LeaseAnswer {
  /** In the order of the meters; zeros when there is nothing. */
  readonly granted: readonly number[];
  readonly slots: number;
  /** Milliseconds for which the slice may be spent, from the answer on. */
  readonly validMs: number;
  /** Milliseconds to wait when nothing was granted. */
  readonly waitMs: number;
}

/** A slice may be spent for this part of the shortest window of its bucket: what it holds longer than needed counts as used. */
const VALID_PART = 1 / 60;
const SHORTEST_VALID_MS = 200;
const LONGEST_VALID_MS = 2_000;
/** A holder that has not come back for so long after its slice ended is dead. */
const DEAD_AFTER_MS = 15_000;
/** Others may give back what they do not use: it is asked for again at the latest after this. */
const LONGEST_WAIT_MS = 30_000;
const SLOT_WAIT_MS = 250;
/** For the way of an answer and the next ask. */
const ANSWER_MS = 1_000;

/** Takes back what the holder told of, then grants what its lane and it may have. The time is the database's. */
export function lease(
  before: BucketState,
  rules: BucketRules,
  ask: LeaseAsk,
  nowMs: number,
): { readonly state: BucketState; readonly answer: LeaseAnswer } {
  const settled = settle(tidied(before, rules, nowMs), rules, ask, nowMs);
  const state = ask.seen ? corrected(settled.state, rules, ask.seen, nowMs) : settled.state;
  const scene = sceneOf(state, rules, nowMs);
  const slots = Math.max(ask.told.inside, rules.slots > 0 ? slotsFor(scene, shareAsk(ask), ask.slots) : 0);
  const isWithoutSlot = rules.slots > 0 && ask.slots > 0 && slots === 0;
  const refusedMs = Math.max(state.fencedUntilMs - nowMs, isWithoutSlot ? SLOT_WAIT_MS : 0);
  const taken = refusedMs > 0 ? nothing(ask, refusedMs) : take(scene, ask);
  const validMs = validFor(scene);
  const answer: LeaseAnswer = { ...taken, slots, validMs };
  return { state: withLease(scene, ask, { ...answer, carried: settled.carried }), answer };
}

/** Takes back a slice for good: its holder has ended or has nothing to do. */
export function giveBack(
  before: BucketState,
  rules: BucketRules,
  ask: Pick<LeaseAsk, 'leaseId' | 'told'>,
  nowMs: number,
): BucketState {
  const { state, carried, owner } = settle(tidied(before, rules, nowMs), rules, ask, nowMs);
  const rested = owner ? withMember(state, rules, { ...owner, spent: 0, wanted: 0, waitsUntilMs: 0 }, nowMs) : state;
  return { ...rested, used: usedWith(rested, rules, carried, nowMs), leases: without(rested, ask.leaseId) };
}

interface Owner {
  readonly member: string;
  readonly lane: Lane;
}

/** Ends the slice: what was spent counts from now on, since it was answered before; what is unused is free; what is in flight is carried. */
function settle(
  state: BucketState,
  rules: BucketRules,
  { leaseId, told }: Pick<LeaseAsk, 'leaseId' | 'told'>,
  nowMs: number,
): { readonly state: BucketState; readonly carried: readonly number[]; readonly owner?: Owner } {
  const held = state.leases.find(({ id }) => id === leaseId);
  if (!held) return { state, carried: rules.meters.map(() => 0) };
  const carried = held.amounts.map((amount, index) => Math.min(amount, Math.max(0, told.inFlight[index] ?? 0)));
  const spent = held.amounts.map((amount, index) =>
    Math.max(0, amount - (carried[index] ?? 0) - Math.max(0, told.unused[index] ?? 0)),
  );
  // What is in flight goes on counting as leased.
  const rest = { ...held, amounts: carried, slots: 0 };
  const left = { ...state, leases: state.leases.map((lease) => (lease === held ? rest : lease)) };
  const counted = unpaced({ ...left, used: usedWith(left, rules, spent, nowMs) }, rules, held.lane, told, nowMs);
  const owner = { member: held.member, lane: held.lane };
  return { state: withMember(counted, rules, { ...owner, spent: spent[0] ?? 0 }, nowMs), carried, owner };
}

function without({ leases }: BucketState, leaseId: string): readonly OpenLease[] {
  return leases.filter(({ id }) => id !== leaseId);
}

function usedWith(state: BucketState, rules: BucketRules, amounts: readonly number[], nowMs: number) {
  return Object.fromEntries(
    rules.meters.map(({ name, limit }, index) => [
      name,
      withUse(limit, state.used[name] ?? [], { atMs: nowMs, amount: amounts[index] ?? 0 }),
    ]),
  );
}

/** What comes back unused may be granted again in the same slot, and is not ahead of the flow. */
function unpaced(state: BucketState, rules: BucketRules, lane: Lane, told: Told, nowMs: number): BucketState {
  const unused = rules.meters.map((_, index) => -Math.max(0, told.unused[index] ?? 0));
  return lane === 'restore' ? state : pacedWith(state, rules, unused, nowMs);
}

function take(scene: Scene, ask: LeaseAsk): Pick<LeaseAnswer, 'granted' | 'waitMs'> {
  const asked = shareAsk(ask);
  const opened = scene.rules.meters.map((_, index) =>
    (ask.wanted[index] ?? 0) > 0 ? open(scene, index, asked) : Infinity,
  );
  // Members share the first meter, or what the tightest allows where all count the same unit; other meters follow their requests.
  const tightest = scene.rules.isOneUnit ? Math.min(...opened) : (opened[0] ?? 0);
  const shared = tightest === Infinity ? 0 : shareOf(scene, tightest, asked);
  const granted = opened.map((amount, index) => {
    const wanted = ask.wanted[index] ?? 0;
    return wanted <= 0 ? 0 : Math.floor(Math.min(wanted, index === 0 || scene.rules.isOneUnit ? shared : amount));
  });
  const isLess = (index: number, amount: number) =>
    (ask.wanted[index] ?? 0) > 0 && amount < Math.max(1, ask.least[index] ?? 0);
  if (!granted.some((amount, index) => isLess(index, amount))) return { granted, waitMs: 0 };
  const waits = opened.flatMap((amount, index) =>
    isLess(index, Math.floor(amount)) ? [waitMs(scene, index, ask)] : [],
  );
  return nothing(ask, waits.length > 0 ? Math.max(...waits) : turnInMs(scene, 0, asked));
}

function nothing(ask: LeaseAsk, waitMs: number): Pick<LeaseAnswer, 'granted' | 'waitMs'> {
  return { granted: ask.wanted.map(() => 0), waitMs };
}

/** Until enough has left the window, where the window is full; else until the member's turn. */
function waitMs(scene: Scene, index: number, ask: LeaseAsk): number {
  const { state, rules, nowMs } = scene;
  const meter = rules.meters[index];
  const turnMs = turnInMs(scene, index, shareAsk(ask));
  if (!meter) return turnMs;
  let lacking = Math.max(1, ask.least[index] ?? 0) - free(state, rules, index, nowMs);
  if (ask.lane !== 'restore') lacking += meter.limit.amount * meter.reserve;
  for (const [startMs, used] of state.used[meter.name] ?? []) {
    if (lacking <= 0) break;
    lacking -= used;
    if (lacking <= 0) return Math.min(LONGEST_WAIT_MS, Math.max(turnMs, freeAt(meter.limit, startMs) - nowMs));
  }
  // What is lacking is leased: it comes back when its holders tell of it.
  return Math.min(LONGEST_WAIT_MS, lacking > 0 ? Math.max(turnMs, validFor(scene) / 2) : turnMs);
}

/** Where less than half of every window is used, nothing is lost by holding a slice longer, and asks are saved. */
function validFor({ state, rules, nowMs }: Scene): number {
  const isTight = rules.meters.some(({ limit }, index) => free(state, rules, index, nowMs) < limit.amount / 2);
  if (!isTight) return LONGEST_VALID_MS;
  return shortestValidMs(rules);
}

/** For how long a slice may be spent while its bucket is tight. */
export function shortestValidMs({ meters }: BucketRules): number {
  const shortest = Math.min(...meters.map(({ limit }) => limit.windowMs));
  return Math.round(Math.min(LONGEST_VALID_MS, Math.max(SHORTEST_VALID_MS, shortest * VALID_PART)));
}

function withLease(
  { state, rules, nowMs }: Scene,
  ask: LeaseAsk,
  given: LeaseAnswer & { readonly carried: readonly number[] },
): BucketState {
  const amounts = rules.meters.map((_, index) => (given.carried[index] ?? 0) + (given.granted[index] ?? 0));
  const isHeld = given.slots > 0 || amounts.some((amount) => amount > 0);
  const held = {
    id: ask.leaseId,
    member: ask.member,
    lane: ask.lane,
    amounts,
    slots: given.slots,
    endsAtMs: nowMs + given.validMs + DEAD_AFTER_MS,
  };
  const [wanted = 0] = ask.wanted;
  const isShort = given.waitMs > 0 || (given.granted[0] ?? 0) < wanted;
  const back = given.waitMs > 0 ? given.waitMs : given.validMs;
  const waits = { wanted: isShort ? wanted : 0, waitsUntilMs: isShort ? nowMs + back + ANSWER_MS : 0 };
  // Who asks for nothing only keeps what is in flight, and may still be waiting.
  const noted = withMember(
    state,
    rules,
    { member: ask.member, lane: ask.lane, spent: 0, ...(wanted > 0 ? waits : {}) },
    nowMs,
  );
  const paced = ask.lane === 'restore' ? noted : pacedWith(noted, rules, given.granted, nowMs);
  return { ...paced, leases: isHeld ? [...without(noted, ask.leaseId), held] : without(noted, ask.leaseId) };
}

/** Notes what lanes below restore were granted, or gave back. */
function pacedWith(state: BucketState, rules: BucketRules, amounts: readonly number[], nowMs: number): BucketState {
  const ahead = rules.meters.map(
    (meter, index) => [meter.name, withAhead(state, meter, amounts[index] ?? 0, nowMs)] as const,
  );
  const paced = rules.meters.map(({ name, limit }, index) => {
    const now = slotStart(limit, nowMs);
    const [start = 0, before = 0] = state.paced[name] ?? [];
    return [name, [now, Math.max(0, (start === now ? before : 0) + (amounts[index] ?? 0))] as const] as const;
  });
  return { ...state, ahead: Object.fromEntries(ahead), paced: Object.fromEntries(paced) };
}

interface Note extends Owner {
  readonly spent: number;
  readonly wanted?: number;
  readonly waitsUntilMs?: number;
}

function withMember(state: BucketState, rules: BucketRules, note: Note, nowMs: number): BucketState {
  const known = state.members.find(({ id, lane }) => id === note.member && lane === note.lane);
  const member: Member = {
    id: note.member,
    lane: note.lane,
    used: (known ? fadedUse(known, rules, nowMs) : 0) + note.spent,
    usedAtMs: nowMs,
    waitsUntilMs: note.waitsUntilMs ?? known?.waitsUntilMs ?? 0,
    wanted: note.wanted ?? known?.wanted ?? 0,
  };
  return { ...state, members: [...state.members.filter((one) => one !== known), member] };
}

function shareAsk({ member, lane, wanted, least }: LeaseAsk): ShareAsk {
  return { member, lane, wanted: wanted[0] ?? 0, least: least[0] ?? 0 };
}
