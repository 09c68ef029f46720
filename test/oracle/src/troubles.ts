import type { Dice } from './dice.js';

/** A line of the simulator's fault script. */
export interface Trouble {
  readonly fault: string;
  readonly match: { readonly tenantId: string; readonly path?: string };
  readonly times?: number;
  readonly after?: number;
  /** Of a slow answer: milliseconds. */
  readonly ms?: number;
}

type Kind = Omit<Trouble, 'match'> & {
  readonly path?: string;
  readonly retryAfterSeconds?: number;
  readonly bytes?: number;
};

const TROUBLES: readonly [Kind, ...Kind[]] = [
  { fault: '429', retryAfterSeconds: 1, times: 1 },
  { fault: '429-no-retry-after', times: 2 },
  { fault: 'reset', times: 2 },
  { fault: 'reset', bytes: 0, times: 1 },
  { fault: 'reset', bytes: 700, times: 2 },
  { fault: '503', retryAfterSeconds: 0, times: 2 },
  { fault: '504', times: 1 },
  { fault: '500-empty-body', times: 1 },
  { fault: 'malformed-json', times: 1 },
  { fault: '200-empty-body', times: 1 },
  { fault: 'delta-lost', times: 1 },
  { fault: 'delta-duplicates', times: 2 },
  { fault: 'delta-replayed', times: 2 },
  { fault: 'delta-reordered', times: 2 },
  // Signing in is what brings a token; it bears none that could end.
  { fault: 'token-expired', times: 1, path: '^(?!.*/oauth2/)' },
  { fault: 'expired-url', times: 1 },
];
const KINDS = 3;
/** Requests of one job among which the troubles strike. */
const REQUESTS = 60;
/** Those that change tracking acts out count pages of it, of which a small tenant has few. */
const PAGES = 4;

/** A few troubles for one tenant, as the simulator takes them. All of them pass: a client that tries again loses nothing. */
export function drawTroubles(dice: Dice, name: string, tenantId: string): Trouble[] {
  return Array.from({ length: KINDS }, (_, number) => {
    const { path, ...trouble } = dice.pick(`${name}/trouble/${number}`, TROUBLES);
    const among = trouble.fault.startsWith('delta-') ? PAGES : REQUESTS;
    const after = dice.below(`${name}/after/${number}`, among);
    return { ...trouble, after, match: { tenantId, ...(path !== undefined && { path }) } };
  });
}

/** Refuses these items, and no others, for as long as the rule stands. */
export function refusalOf(itemIds: readonly string[], tenantId: string): Trouble {
  const ids = itemIds.map((id) => id.replace(/=+$/, '').replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return { fault: '423', match: { tenantId, path: `/(${ids.join('|')})(=|%3D|/|$)` } };
}
