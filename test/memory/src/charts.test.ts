import { describe, expect, it } from '@jest/globals';
import type { Recording } from './recording.js';
import { svgChart } from './svg-chart.js';
import { textChart } from './text-chart.js';

const samples = (mibAt: (second: number) => number) =>
  Array.from({ length: 900 }, (_, second) => ({ atMs: second * 1000, mib: mibAt(second) }));

const recording: Recording = {
  series: [
    { name: 'crawler', samples: samples((second) => 100 + (second === 451 ? 300 : 0)), peakMib: 400 },
    { name: 'auth', samples: samples(() => 90), peakMib: 91 },
  ],
  phases: [
    { name: 'full', fromMs: 0, toMs: 600_000, items: 1_000 },
    { name: 'increment & more', fromMs: 600_000, toMs: 899_000 },
  ],
};

describe('textChart', () => {
  it('has a line for each process with its peak, and the times of the phases', () => {
    const [crawler = '', auth = '', phases] = textChart(recording).split('\n');
    expect(crawler).toMatch(/^crawler +[▁-█]{60} +400 MiB/);
    expect(crawler).toContain('█');
    expect(auth).toMatch(/^auth +▂{60} +91 MiB/);
    expect(phases).toBe('full 600 s · increment & more 299 s');
  });
});

describe('svgChart', () => {
  const svg = svgChart('One <case>', recording, 512);

  it('draws a line for each process, and keeps a spike however many samples there are', () => {
    const lines = [...svg.matchAll(/<polyline points="([^"]+)"/g)].map(([, points = '']) => points.split(' '));
    expect(lines).toHaveLength(2);
    const heights = lines[0]?.map((point) => Number(point.split(',')[1])) ?? [];
    expect(heights.length).toBeLessThanOrEqual(400);
    expect(Math.max(...heights) - Math.min(...heights)).toBeGreaterThan(100);
  });

  it('names processes with their peaks, phases and title, escaped', () => {
    for (const words of ['crawler 400 MiB', 'auth 91 MiB', 'increment &amp; more', 'One &lt;case>'])
      expect(svg).toContain(`>${words}</text>`);
  });
});
