import { draw } from './draw.js';

const TROUBLES: readonly { readonly path?: string; readonly [field: string]: unknown }[] = [
  { fault: '429', retryAfterSeconds: 1, times: 1 },
  { fault: '429-no-retry-after', times: 1 },
  { fault: 'reset', times: 2 },
  { fault: 'reset', bytes: 700, times: 2 },
  { fault: '503', retryAfterSeconds: 0, times: 2 },
  { fault: '500-empty-body', times: 1 },
  { fault: 'delta-lost', times: 1 },
  { fault: 'delta-duplicates', times: 2 },
  // Signing in is what brings a token; it bears none that could end.
  { fault: 'token-expired', times: 1, path: '^(?!.*/oauth2/)' },
  { fault: 'expired-url', times: 1 },
];
const KINDS = 3;

/** A few troubles for one tenant, each striking somewhere among its first requests. */
export function drawFaults(seed: number, tenantId: string): object[] {
  return Array.from({ length: KINDS }, (_, number) => {
    const { path, ...trouble } = TROUBLES[draw(seed, `fault/${number}`, TROUBLES.length)] ?? {};
    const after = draw(seed, `after/${number}`, 40);
    return { ...trouble, after, match: { tenantId, ...(path !== undefined && { path }) } };
  });
}
