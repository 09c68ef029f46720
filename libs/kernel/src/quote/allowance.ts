/** How one of Microsoft's limits lets through who has it to himself, as slices of it are leased. */
export interface Allowance {
  /** Requests, resource units or bytes that pass before any of them comes back, above 0. */
  readonly amount: number;
  /** So much of an untouched window passes as fast as it is asked for. */
  readonly atOnce: number;
  /** Milliseconds over which a whole amount is given out otherwise; 0 where it is not paced. */
  readonly spreadMs: number;
  /** What was spent may be spent again after so many milliseconds. */
  readonly againMs: number;
}

/** Milliseconds until so much has passed, of which each unit takes `unitMs` by itself. */
export function timeThrough(allowance: Allowance, amount: number, unitMs: number): number {
  if (amount <= 0) return 0;
  const { amount: perWindow, atOnce, spreadMs, againMs } = allowance;
  const fullWindows = Math.ceil(amount / perWindow) - 1;
  const last = amount - fullWindows * perWindow;
  const paced = fullWindows > 0 ? last : Math.max(0, last - atOnce);
  const lastMs = Math.max(last * unitMs, (paced * spreadMs) / perWindow);
  return Math.round(fullWindows * Math.max(againMs, perWindow * unitMs) + lastMs);
}
