import type { Recording, Series } from './recording.js';
import { growthIn } from './verdict.js';

const BARS = '▁▂▃▄▅▆▇█';
const COLUMNS = 60;

/** A line for each process: its memory over time as bars (full height: the highest of all), its peak, and its growth by item. */
export function textChart({ series, phases }: Recording): string {
  const highest = Math.max(1, ...series.map(({ peakMib }) => peakMib));
  const width = Math.max(...series.map(({ name }) => name.length));
  const counted = phases.filter(({ items }) => items !== undefined);
  const rows = series.map((one) => {
    const growths = counted.flatMap((phase) => {
      const { bytesPerItem } = growthIn(one, phase);
      return bytesPerItem === undefined ? [] : [`${phase.name} ${bytesPerItem.toFixed(0)} B/item`];
    });
    return `${one.name.padEnd(width)} ${bars(one, highest)} ${one.peakMib.toFixed(0).padStart(4)} MiB  ${growths.join(', ')}`;
  });
  const times = phases.map(({ name, fromMs, toMs }) => `${name} ${((toMs - fromMs) / 1000).toFixed(0)} s`);
  return [...rows, times.join(' · ')].join('\n');
}

/** The highest sample of each column. */
function bars({ samples }: Series, highest: number): string {
  const columns = Math.min(COLUMNS, samples.length);
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * samples.length) / columns);
    const to = Math.floor(((column + 1) * samples.length) / columns);
    const mib = Math.max(...samples.slice(from, to).map((sample) => sample.mib));
    return BARS.charAt(Math.min(BARS.length - 1, Math.floor((mib / highest) * BARS.length)));
  }).join('');
}
