/** How many requests may be made at once, and how fast the right to more comes back. */
export interface Rate {
  readonly perMinute: number;
}

/** What is left of a caller's right to ask. */
export interface Allowance {
  readonly left: number;
  /** Milliseconds since the epoch. */
  readonly asOfMs: number;
}

export type Taken =
  { readonly is: 'granted'; readonly allowance: Allowance } | { readonly is: 'refused'; readonly waitMs: number };

/** Takes one request from a caller's allowance: a bucket of one minute's requests that refills evenly. */
export function takeRequest(allowance: Allowance | undefined, nowMs: number, { perMinute }: Rate): Taken {
  const perMs = perMinute / 60_000;
  const elapsed = allowance ? Math.max(0, nowMs - allowance.asOfMs) : 0;
  const left = allowance ? Math.min(perMinute, allowance.left + elapsed * perMs) : perMinute;
  if (left >= 1) return { is: 'granted', allowance: { left: left - 1, asOfMs: nowMs } };
  return { is: 'refused', waitMs: Math.ceil((1 - left) / perMs) };
}
