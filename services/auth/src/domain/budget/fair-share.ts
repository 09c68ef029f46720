import { fadedUse, free, type BucketRules, type BucketState, type Lane, type Meter } from './bucket.js';
import { nextSlotAt, slotMs, slotStart, type SlotUse, type WindowLimit } from './window.js';

/** What lanes that wait side by side get of a bucket: a restore is waited for by a person, a first full runs for days. */
const WEIGHTS: Readonly<Record<Lane, number>> = { restore: 6, increment: 3, 'first-full': 1 };
/** Until so much of a window is used, lanes below restore may take a part of the rest at once; from then on it flows evenly. */
const RUSH_BELOW = 1 / 2;
const RUSH = 1 / 4;
/** How much faster than evenly it flows, so that what one slot left untaken is made up for. */
export const CATCH_UP = 1.5;
/**
 * For so many slots the flow is kept for who comes late: an ask takes longer than a slot where a machine is busy, and few may ask. What is kept
 * longer is lost, so that no rest becomes a rush.
 */
const KEPT_SLOTS = 4;

/**
 * Who waits for its turn comes at this part of the time that those before it need: with many, some slots would pass without anybody to
 * take them. Of a hundred members, with a half, an eighth of the budget stayed unused.
 */
const TURN_EARLY = 1 / 6;

export interface ShareAsk {
  readonly member: string;
  readonly lane: Lane;
  /** Of the first meter. */
  readonly wanted: number;
  /** Less than this helps nothing. */
  readonly least: number;
}

/** How a member stands: what it used lately and holds, and what it waits for. */
interface Standing {
  readonly id: string;
  readonly lane: Lane;
  readonly used: number;
  /** 0 when it does not wait. */
  readonly waitsFor: number;
}

/** Everything that a rule looks at. */
export interface Scene {
  readonly state: BucketState;
  readonly rules: BucketRules;
  readonly nowMs: number;
  readonly standings: readonly Standing[];
}

export function sceneOf(state: BucketState, rules: BucketRules, nowMs: number): Scene {
  const standings = new Map<string, Standing>();
  for (const member of state.members) {
    const waitsFor = member.waitsUntilMs > nowMs ? member.wanted : 0;
    const { id, lane } = member;
    standings.set(`${lane}/${id}`, { id, lane, used: fadedUse(member, rules, nowMs), waitsFor });
  }
  for (const { member: id, lane, amounts } of state.leases) {
    const known = standings.get(`${lane}/${id}`) ?? { id, lane, used: 0, waitsFor: 0 };
    standings.set(`${lane}/${id}`, { ...known, used: known.used + (amounts[0] ?? 0) });
  }
  return { state, rules, nowMs, standings: [...standings.values()] };
}

/** What of a meter a lane may take at this moment, whoever else waits. */
export function open(scene: Scene, index: number, ask: ShareAsk): number {
  const { state, rules, nowMs } = scene;
  const meter = rules.meters[index];
  if (!meter) return 0;
  const left = free(state, rules, index, nowMs);
  if (ask.lane === 'restore') return left;
  return Math.min(
    left - meter.limit.amount * meter.reserve,
    rules.isShared ? paced(scene, index, left, ask.least) : left,
  );
}

/** Spreads use over the window, so that some of it becomes free with every slot and a restore never waits for a whole window. */
function paced({ state, rules, nowMs }: Scene, index: number, left: number, least: number): number {
  const meter = rules.meters[index];
  if (!meter) return 0;
  const { limit, name } = meter;
  const [start = 0, granted = 0] = state.paced[name] ?? [];
  const taken = start === slotStart(limit, nowMs) ? granted : 0;
  const flowed = KEPT_SLOTS * evenly(limit) - aheadOfFlow(state, meter, nowMs);
  // Where a slot's flow is less than one request costs, it would otherwise never go.
  const first = taken === 0 ? Math.max(rules.quantum, least) : 0;
  return Math.max(flowed, Math.max(rushing(limit, left + taken), first) - taken);
}

/** How far what was taken is ahead of the even flow. */
function aheadOfFlow(state: BucketState, { name, limit }: Meter, nowMs: number): number {
  const [atMs, ahead] = state.ahead[name] ?? [nowMs, 0];
  return Math.max(0, ahead - (evenly(limit) * (nowMs - atMs)) / slotMs(limit));
}

/** The same once so much more was granted, or less where it came back. A rush takes nothing from the flow after it. */
export function withAhead(state: BucketState, meter: Meter, more: number, nowMs: number): SlotUse {
  const ahead = aheadOfFlow(state, meter, nowMs) + more;
  return [nowMs, Math.min(KEPT_SLOTS * evenly(meter.limit), Math.max(0, ahead))];
}

/** What flows in a slot. */
function evenly(limit: WindowLimit): number {
  return (CATCH_UP * limit.amount * slotMs(limit)) / limit.windowMs;
}

/** What may be taken in a slot at whose start so much was left. */
function rushing({ amount }: WindowLimit, left: number): number {
  return (left - amount * RUSH_BELOW) * RUSH;
}

/** How far the rush into an untouched window comes ahead of what flows evenly. */
export function aheadByRush(limit: WindowLimit): number {
  const even = evenly(limit);
  let ahead = 0;
  let left = limit.amount;
  for (let rush = rushing(limit, left); rush > even; rush = rushing(limit, left)) {
    ahead += rush - even;
    left -= rush;
  }
  return ahead;
}

/**
 * What a member may take of `amount` that is open to its lane, while others wait: lanes by their weights, members of a lane alike,
 * those first who had least. Nothing is kept for who does not wait.
 */
export function shareOf(scene: Scene, amount: number, ask: ShareAsk): number {
  const waiting = scene.standings.filter((other) => other.waitsFor > 0 && !isSame(other, ask));
  const left = amount - keptForLanes(scene, amount, ask, waiting);
  const rivals = waiting.filter(({ lane }) => lane === ask.lane);
  if (rivals.length === 0) return left;
  const own = usedBy(scene, ask);
  const mean = rivals.reduce((sum, { used }) => sum + used, own) / (rivals.length + 1);
  const turn = Math.max(ask.least, scene.rules.quantum, left / (rivals.length + 1));
  if (own <= mean) return Math.min(left, turn);
  return left - rivals.reduce((sum, { waitsFor }) => sum + Math.min(waitsFor, scene.rules.quantum), 0);
}

/** Milliseconds until a member that got nothing is likely to have its turn, the members that had less going first. */
export function turnInMs(scene: Scene, index: number, ask: ShareAsk): number {
  const { rules, nowMs, standings } = scene;
  const limit = rules.meters[index]?.limit;
  if (!limit) return 0;
  const own = usedBy(scene, ask);
  const before = standings
    .filter(
      ({ id, lane, used, waitsFor }) =>
        waitsFor > 0 && lane === ask.lane && (used < own || (used === own && id < ask.member)),
    )
    .reduce((sum, { waitsFor }) => sum + Math.min(waitsFor, rules.quantum), 0);
  const perMs = limit.amount / limit.windowMs;
  return nextSlotAt(limit, nowMs) - nowMs + Math.floor((TURN_EARLY * before) / perMs);
}

/** What the other lanes that wait have not had of their shares. */
function keptForLanes(scene: Scene, amount: number, ask: ShareAsk, waiting: readonly Standing[]): number {
  const lanes = [...new Set([ask.lane, ...waiting.map(({ lane }) => lane)])];
  const weights = lanes.reduce((sum, lane) => sum + WEIGHTS[lane], 0);
  const usedBefore = new Map(lanes.map((lane) => [lane, usedByLane(scene, lane)]));
  const total = [...usedBefore.values()].reduce((sum, used) => sum + used, Math.max(0, amount));
  return lanes
    .filter((lane) => lane !== ask.lane)
    .reduce((sum, lane) => {
      const wanted = waiting.filter((other) => other.lane === lane).reduce((all, { waitsFor }) => all + waitsFor, 0);
      const due = (total * WEIGHTS[lane]) / weights - (usedBefore.get(lane) ?? 0);
      return sum + Math.max(0, Math.min(wanted, due));
    }, 0);
}

function usedByLane({ standings }: Scene, lane: Lane): number {
  return standings.reduce((sum, one) => sum + (one.lane === lane ? one.used : 0), 0);
}

function usedBy({ standings }: Scene, ask: ShareAsk): number {
  return standings.find((one) => isSame(one, ask))?.used ?? 0;
}

function isSame({ id, lane }: Standing, ask: ShareAsk): boolean {
  return id === ask.member && lane === ask.lane;
}

/** How many of the places among the concurrent requests a member may hold beside those who hold or want some. */
export function slotsFor({ state, rules, standings }: Scene, ask: ShareAsk, wanted: number): number {
  const taken = state.leases.reduce((sum, { slots }) => sum + slots, 0);
  const isHolder = ({ id, lane }: Standing) =>
    state.leases.some((lease) => lease.slots > 0 && lease.member === id && lease.lane === lane);
  const others = standings.filter((one) => !isSame(one, ask) && (one.waitsFor > 0 || isHolder(one)));
  const weights = others.reduce((sum, { lane }) => sum + WEIGHTS[lane], WEIGHTS[ask.lane]);
  const share = Math.round((rules.slots * WEIGHTS[ask.lane]) / weights);
  // Each of the others keeps one place at least.
  const most = others.length === 0 ? rules.slots : Math.max(1, Math.min(share, rules.slots - others.length));
  return Math.max(0, Math.min(wanted, most, rules.slots - taken));
}
