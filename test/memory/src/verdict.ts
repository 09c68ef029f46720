import type { Phase, Recording, Sample, Series } from './recording.js';

/** What no process may pass (invariant 8 of docs/architecture.md). */
export const LIMIT_MIB = 512;
/** Growth over the later half of a phase that warm-up and the garbage collector's moods explain. */
const MOODS_MIB = 32;
/** Phases shorter than this show no trend. */
const LEAST_SAMPLES = 40;
/** The later half is looked at in so many parts. */
const PARTS = 4;

/** What a process did in a phase. */
export interface Growth {
  /** From the first to the last part of the phase's later half, in MiB; undefined where the phase was too short. */
  readonly laterMib: number | undefined;
  /** Each part of the later half held more than the one before it. */
  readonly isSteady: boolean;
  /** The same growth by item; undefined where the phase has no items or shows no trend. */
  readonly bytesPerItem: number | undefined;
}

/** How a process grew over the later half of a phase, by what each part of it held at its lower moments: garbage comes and goes. */
export function growthIn({ samples }: Series, { fromMs, toMs, items }: Phase): Growth {
  const inside = samples.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  if (inside.length < LEAST_SAMPLES) return { laterMib: undefined, isSteady: false, bytesPerItem: undefined };
  const later = inside.slice(inside.length >> 1);
  const parts = Array.from({ length: PARTS }, (_, part) =>
    floorOf(later.slice(Math.floor((part * later.length) / PARTS), Math.floor(((part + 1) * later.length) / PARTS))),
  );
  const laterMib = (parts.at(-1) ?? 0) - (parts[0] ?? 0);
  // From the middle of the first part to the middle of the last: three eighths of the phase, and so of its items.
  const share = ((PARTS - 1) / PARTS) * 0.5;
  const bytesPerItem = items === undefined ? undefined : (laterMib * 1024 * 1024) / (items * share);
  return { laterMib, isSteady: parts.every((part, at) => at === 0 || part > (parts[at - 1] ?? 0)), bytesPerItem };
}

/** What is wrong with a recording, in sentences; nothing where every process stayed below the limit and flat. */
export function faultsOf({ series, phases }: Recording, limitMib = LIMIT_MIB): string[] {
  const tooLarge = series
    .filter(({ peakMib }) => peakMib > limitMib)
    .map(({ name, peakMib }) => `${name} held ${peakMib.toFixed(0)} MiB, above ${limitMib}.`);
  const growing = series.flatMap((one) =>
    phases.flatMap((phase) => {
      const { laterMib, isSteady } = growthIn(one, phase);
      const isGrowing = isSteady && laterMib !== undefined && laterMib > MOODS_MIB;
      return isGrowing ? [`${one.name} grew by ${laterMib.toFixed(0)} MiB in the later half of '${phase.name}'.`] : [];
    }),
  );
  return [...tooLarge, ...growing];
}

/** The lower quartile. */
function floorOf(samples: readonly Sample[]): number {
  const sorted = samples.map(({ mib }) => mib).toSorted((a, b) => a - b);
  return sorted[sorted.length >> 2] ?? 0;
}
