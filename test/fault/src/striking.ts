import type { Dice } from '@holdfast/oracle';
import { setTimeout } from 'node:timers/promises';
import type { FaultSystem } from './fault-system.js';
import type { FaultKind } from './kinds/fault-kind.js';

const STRIKES = 2;
const LEAST_HOLD_MS = 500;
/** Longer than a lease. */
const MOST_HOLD_MS = 7_500;
const LOOK_MS = 20;

export interface Striking {
  readonly faults: FaultSystem;
  readonly dice: Dice;
  readonly kinds: readonly [FaultKind, ...FaultKind[]];
  /** What is struck, for the dice. */
  readonly phase: string;
  /** Requests to Microsoft that the phase makes when nothing strikes; roughly. */
  readonly requests: number;
}

/** One strike that somebody met. */
export interface Struck {
  readonly kind: string;
  readonly phase: string;
  readonly what: string;
  /** Requests that Microsoft had answered in the phase by then. */
  readonly atRequest: number;
}

/**
 * Does some work while troubles strike it, one after the other, at moments that the dice draw among the requests which the work
 * makes: whatever the machine's speed, the same moments. Resolves when both are over.
 */
export async function struckWhile<T>(
  striking: Striking,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly struck: readonly Struck[] }> {
  const over = new AbortController();
  const strikes = strikeUntil(striking, over.signal);
  // Told when it is awaited.
  strikes.catch(() => undefined);
  try {
    const result = await work();
    over.abort();
    return { result, struck: await strikes };
  } catch (error) {
    over.abort();
    const struck = await strikes;
    throw new Error(`${messageOf(error)}\n${told(struck)}`, { cause: error });
  }
}

async function strikeUntil(
  { faults, dice, kinds, phase, requests }: Striking,
  over: AbortSignal,
): Promise<readonly Struck[]> {
  const { control } = faults.system;
  const before = await control.requestCount();
  const moments = Array.from({ length: STRIKES }, (_, strike) => dice.below(`${phase}/moment/${strike}`, requests));
  const struck: Struck[] = [];
  for (const [strike, moment] of moments.sort((a, b) => a - b).entries()) {
    const atRequest = await reached(() => control.requestCount().then((count) => count - before), moment, over);
    if (atRequest === undefined) break;
    const name = `${phase}/${strike}`;
    const kind = dice.pick(`${name}/kind`, kinds);
    const holdMs = LEAST_HOLD_MS + dice.below(`${name}/hold`, MOST_HOLD_MS - LEAST_HOLD_MS);
    const what = await kind.strike({ faults, dice, name, holdMs });
    if (what !== undefined) struck.push({ kind: kind.name, phase, what, atRequest });
  }
  return struck;
}

/** The count that is at or beyond the moment; undefined when the work was over before. */
async function reached(count: () => Promise<number>, moment: number, over: AbortSignal): Promise<number | undefined> {
  while (!over.aborted) {
    const now = await count();
    if (now >= moment) return now;
    await setTimeout(LOOK_MS);
  }
  return undefined;
}

/** Strikes as a person reads them. */
export function told(struck: readonly Struck[]): string {
  return struck.map(({ phase, atRequest, what }) => `  ${phase}, at request ${atRequest}: ${what}`).join('\n');
}

export const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
