import { z } from 'zod';

const seedNumber = z.number().int().min(0);

/**
 * What the oracle was run for so far, slice by slice. `docs/oracle.json` holds one. A seed that is run again counts once, with its
 * last result; `runs`, `items` and `struck` count every run.
 */
export const tallySchema = z
  .object({
    /** Seeds that were run, ascending and apart, each with the commit that it was last run on. */
    ranges: z.array(z.object({ from: seedNumber, to: seedNumber, commit: z.string() }).readonly()),
    /** Seeds that failed once, ascending; with the commit on which each passed since. */
    failures: z.array(z.object({ seed: seedNumber, commit: z.string(), passedOn: z.string().optional() }).readonly()),
    runs: z.number().int().min(0),
    /** Items that were held against a model, over all runs. */
    items: z.number().int().min(0),
    /** How often each kind of trouble struck, over all runs. */
    struck: z.record(z.string(), z.number().int().min(0)),
  })
  .readonly();
export type Tally = z.infer<typeof tallySchema>;

export const EMPTY_TALLY: Tally = { ranges: [], failures: [], runs: 0, items: 0, struck: {} };

/** One seed, run on a commit. */
export interface TalliedRun {
  readonly seed: number;
  readonly commit: string;
  readonly hasPassed: boolean;
  readonly items: number;
  readonly struck: ReadonlyMap<string, number>;
}

/** The tally with one more run. */
export function withRun(tally: Tally, run: TalliedRun): Tally {
  const struck = new Map(Object.entries(tally.struck));
  for (const [kind, count] of run.struck) struck.set(kind, (struck.get(kind) ?? 0) + count);
  return {
    ranges: withSeed(tally.ranges, run),
    failures: withResult(tally.failures, run),
    runs: tally.runs + 1,
    items: tally.items + run.items,
    struck: Object.fromEntries([...struck].sort()),
  };
}

type Ranges = Tally['ranges'];

/** Cut out where it stood, put in, and joined with the neighbours of its commit. */
function withSeed(ranges: Ranges, { seed, commit }: TalliedRun): Ranges {
  const others = ranges.flatMap((range) =>
    range.from <= seed && seed <= range.to
      ? [
          { ...range, to: seed - 1 },
          { ...range, from: seed + 1 },
        ]
      : [range],
  );
  const ascending = [...others, { from: seed, to: seed, commit }]
    .filter(({ from, to }) => from <= to)
    .toSorted((a, b) => a.from - b.from);
  return ascending.reduce<Ranges>((joined, range) => {
    const last = joined.at(-1);
    if (last?.commit !== range.commit || last.to + 1 !== range.from) return [...joined, range];
    return [...joined.slice(0, -1), { ...last, to: range.to }];
  }, []);
}

function withResult(failures: Tally['failures'], { seed, commit, hasPassed }: TalliedRun): Tally['failures'] {
  const before = failures.find((failure) => failure.seed === seed);
  if (hasPassed && !before) return failures;
  const others = failures.filter((failure) => failure !== before);
  const result = hasPassed && before ? { ...before, passedOn: commit } : { seed, commit };
  return [...others, result].toSorted((a, b) => a.seed - b.seed);
}
