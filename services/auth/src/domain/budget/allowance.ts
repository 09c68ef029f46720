import type { Allowance } from '@holdfast/kernel';
import type { BucketRules, Lane, Meter } from './bucket.js';
import { aheadByRush, CATCH_UP } from './fair-share.js';
import { shortestValidMs } from './lease.js';
import { slotMs } from './window.js';

/**
 * What a lane can spend of a meter that it has to itself, by the rules that leases are cut by. What is spent comes back when it was told of,
 * which is at the latest when its slice ends, and its slot has left the window.
 */
export function allowanceOf(rules: BucketRules, { limit, reserve }: Meter, lane: Lane): Allowance {
  const isRestore = lane === 'restore';
  const amount = Math.max(1, Math.floor(limit.amount * (isRestore ? 1 : 1 - reserve)));
  const againMs = Math.ceil(limit.windowMs + slotMs(limit) + shortestValidMs(rules));
  if (isRestore || !rules.isShared) return { amount, atOnce: amount, spreadMs: 0, againMs };
  return { amount, atOnce: Math.floor(aheadByRush(limit)), spreadMs: Math.round(limit.windowMs / CATCH_UP), againMs };
}
