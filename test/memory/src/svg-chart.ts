import type { Recording, Sample } from './recording.js';

const WIDTH = 900;
const HEIGHT = 360;
const MARGIN = { left: 48, right: 150, top: 40, bottom: 36 };
const PLOT = { width: WIDTH - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };
/** Points that a line has at most; of more, the highest of each group is drawn. */
const POINTS = 400;
/** Okabe and Ito's colours, which colour-blind people can tell apart, and black. */
const COLOURS = ['#d55e00', '#0072b2', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'];

/** The memory of every process over time as an SVG picture, with the phases above and the limit as a dashed line. */
export function svgChart(title: string, { series, phases }: Recording, limitMib: number): string {
  const endMs = Math.max(1, ...series.flatMap(({ samples }) => samples.at(-1)?.atMs ?? 0));
  const x = (atMs: number) => MARGIN.left + (PLOT.width * Math.min(atMs, endMs)) / endMs;
  const y = (mib: number) => MARGIN.top + PLOT.height * (1 - mib / (limitMib * 1.1));
  const line = (x1: number, y1: number, x2: number, y2: number, style: string) =>
    `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" ${style}/>`;
  const text = (atX: number, atY: number, words: string, style = '') =>
    `<text x="${round(atX)}" y="${round(atY)}" ${style}>${escaped(words)}</text>`;
  const right = MARGIN.left + PLOT.width;
  const levels = [0, 128, 256, 384, 512].filter((mib) => mib <= limitMib);
  const grid = levels.flatMap((mib) => [
    line(MARGIN.left, y(mib), right, y(mib), mib === limitMib ? LIMIT : GRID),
    text(MARGIN.left - 6, y(mib) + 4, String(mib), 'text-anchor="end"'),
  ]);
  const shownPhases = phases.filter(({ fromMs, toMs }) => x(toMs) - x(fromMs) > 2);
  const bands = shownPhases.flatMap(({ name, fromMs, toMs }) => [
    line(x(fromMs), MARGIN.top, x(fromMs), MARGIN.top + PLOT.height, GRID),
    ...(x(toMs) - x(fromMs) > name.length * 6 ? [text(x(fromMs) + 3, MARGIN.top - 4, name, 'font-size="10"')] : []),
  ]);
  const lines = series.flatMap(({ name, samples, peakMib }, at) => {
    const colour = COLOURS[at % COLOURS.length] ?? '#000000';
    const points = thinned(samples).map(({ atMs, mib }) => `${round(x(atMs))},${round(y(mib))}`);
    const legendY = MARGIN.top + 14 + at * 18;
    return [
      `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="1.3"/>`,
      text(right + 10, legendY, `${name} ${peakMib.toFixed(0)} MiB`, `fill="${colour}"`),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    text(MARGIN.left, 18, title, 'font-size="14"'),
    ...grid,
    ...bands,
    ...lines,
    text(MARGIN.left, HEIGHT - 12, '0 s'),
    text(right, HEIGHT - 12, `${Math.round(endMs / 1000)} s`, 'text-anchor="end"'),
    text(right + 10, HEIGHT - 12, 'MiB, peaks at the right'),
    '</svg>',
    '',
  ].join('\n');
}

const GRID = 'stroke="#dddddd"';
const LIMIT = 'stroke="#aa0000" stroke-dasharray="6 4"';

function thinned(samples: readonly Sample[]): readonly Sample[] {
  const group = Math.max(1, Math.ceil(samples.length / POINTS));
  return Array.from({ length: Math.ceil(samples.length / group) }, (_, at) =>
    samples.slice(at * group, (at + 1) * group).reduce((high, sample) => (sample.mib > high.mib ? sample : high)),
  );
}

const round = (value: number) => Math.round(value * 10) / 10;
const escaped = (words: string) => words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
