import fc from 'fast-check';

const DEFAULT_RUNS = 200;

/** A long look may take a day; one reading that hangs is found sooner. */
export const LONGEST_LOOK_MS = 86_400_000;

/** How long to look: FUZZ_RUNS cases for each property (200), drawn from FUZZ_SEED, which a failure prints. */
export function fuzzRuns(share = 1): { readonly numRuns: number; readonly seed?: number } {
  const runs = Number(process.env['FUZZ_RUNS'] ?? DEFAULT_RUNS);
  const seed = process.env['FUZZ_SEED'];
  return { numRuns: Math.max(1, Math.round(runs * share)), ...(seed !== undefined && { seed: Number(seed) }) };
}

/** One way in which stored bytes go bad. */
export type Damage =
  | { readonly do: 'flip'; readonly at: number; readonly mask: number }
  | { readonly do: 'cut'; readonly at: number }
  | { readonly do: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly do: 'repeat'; readonly at: number };

/** `at` is a share of the length, so that damage fits objects of any size. */
const at = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

export const someDamage: fc.Arbitrary<readonly Damage[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('flip' as const), at, mask: fc.integer({ min: 1, max: 255 }) }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('cut' as const), at }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant('insert' as const),
        at,
        bytes: fc.uint8Array({ minLength: 1, maxLength: 64 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('repeat' as const), at }) },
  ),
  { minLength: 1, maxLength: 4 },
);

export function damaged(bytes: Uint8Array, damages: readonly Damage[]): Uint8Array {
  return damages.reduce(damageOnce, Uint8Array.from(bytes));
}

function damageOnce(bytes: Uint8Array, damage: Damage): Uint8Array {
  const place = Math.floor(damage.at * bytes.length);
  switch (damage.do) {
    case 'flip':
      return bytes.map((byte, index) => (index === place ? byte ^ damage.mask : byte));
    case 'cut':
      return bytes.slice(0, place);
    case 'insert':
      return Buffer.concat([bytes.subarray(0, place), damage.bytes, bytes.subarray(place)]);
    case 'repeat':
      return Buffer.concat([bytes, bytes.subarray(place)]);
  }
}
