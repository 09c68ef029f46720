import { describe, expect, it } from '@jest/globals';
import type { Recording } from './recording.js';
import { faultsOf, growthIn } from './verdict.js';

/** A process that was sampled each second for 200 s, in a phase of 1,000 items. */
function recorded(mibAt: (second: number) => number, peakMib = 0): Recording {
  const samples = Array.from({ length: 200 }, (_, second) => ({ atMs: second * 1000, mib: mibAt(second) }));
  const highest = Math.max(peakMib, ...samples.map(({ mib }) => mib));
  return {
    series: [{ name: 'crawler', samples, peakMib: highest }],
    phases: [{ name: 'full', fromMs: 0, toMs: 200_000, items: 1_000 }],
  };
}

describe('faultsOf', () => {
  it.each([
    ['a flat process', () => 200],
    ['one that warms up and stays', (second: number) => Math.min(400, 100 + 5 * second)],
    ['one that breathes', (second: number) => 300 + 80 * Math.sin(second / 5)],
    ['one that shrinks', (second: number) => 400 - second],
  ])('finds nothing wrong with %s', (_, mibAt) => {
    expect(faultsOf(recorded(mibAt))).toEqual([]);
  });

  it('tells of growth to the end', () => {
    expect(faultsOf(recorded((second) => 100 + second))).toEqual([
      "crawler grew by 75 MiB in the later half of 'full'.",
    ]);
  });

  it('tells of growth that the garbage collector hides from sample to sample', () => {
    expect(faultsOf(recorded((second) => 100 + second + 60 * (second % 2)))).toHaveLength(1);
  });

  it('tells of a peak between two samples', () => {
    expect(faultsOf(recorded(() => 200, 513))).toEqual(['crawler held 513 MiB, above 512.']);
  });
});

describe('growthIn', () => {
  it('tells bytes by item', () => {
    const { series, phases } = recorded((second) => 100 + second);
    const [one, phase] = [series[0]!, phases[0]!];
    // One MiB a second is five items a second.
    expect(growthIn(one, phase).bytesPerItem).toBeCloseTo((1024 * 1024) / 5, -4);
  });

  it('sees no trend in a few seconds', () => {
    const { series } = recorded((second) => 100 + second);
    expect(growthIn(series[0]!, { name: 'short', fromMs: 0, toMs: 20_000 }).laterMib).toBeUndefined();
  });
});
