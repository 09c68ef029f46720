import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { type Figure, isKept, type Measured } from './figure.js';

const DOCS = resolve(import.meta.dirname, '../../../docs');

/** Writes docs/benchmarks.json and the table of docs/benchmarks.md; figures that were not measured this time stay. */
export async function writeTable({ figures, skipped = [] }: Measured): Promise<void> {
  const file = join(DOCS, 'benchmarks.json');
  const before = await readFile(file, 'utf8').catch(() => '{"figures":[]}');
  const names = new Set(figures.map(({ name }) => name));
  const { figures: old } = JSON.parse(before) as { figures: Figure[] };
  const all = [...old.filter(({ name }) => !names.has(name)), ...figures].toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  await writeFile(file, `${JSON.stringify({ ...keyed(all), figures: all, skipped }, undefined, 2)}\n`);
  await writeFile(join(DOCS, 'benchmarks.md'), document(all, skipped));
}

/** `{"vault":{"wallRatio":0.7}}` and so on: the numbers that programs look for. */
function keyed(figures: readonly Figure[]): Readonly<Record<string, Readonly<Record<string, number>>>> {
  const groups: Record<string, Record<string, number>> = {};
  for (const { key, measured } of figures) if (key) (groups[key.group] ??= {})[key.name] = measured;
  return groups;
}

function document(figures: readonly Figure[], skipped: NonNullable<Measured['skipped']>): string {
  const [cpu] = cpus();
  const machine = `${cpus().length} × ${cpu?.model ?? 'unknown processor'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;
  return [
    '# Benchmarks',
    '',
    '`pnpm bench` measures these and writes this file; `--only vault,mail,drive,budgets` measures parts, `--scale` makes it smaller or larger.',
    'Ratios and counts say the same on any machine; seconds do not. Each number is of a whole process, its start included.',
    '',
    `Last measured on: ${machine}.`,
    '',
    '<!-- prettier-ignore -->',
    '| figure | measured | asked | kept | note |',
    '| --- | ---: | ---: | --- | --- |',
    ...figures.map(row),
    ...skipped.map(({ name, because }) => `| ${name} | – | – | skipped | ${because} |`),
    '',
    ...behind(figures),
  ].join('\n');
}

/** By how much and why, for each figure that is missed. */
function behind(figures: readonly Figure[]): string[] {
  const missed = figures.filter((figure) => isKept(figure) === false);
  if (missed.length === 0) return [];
  const told = missed.map((figure) => `- **${figure.name}**: ${missedBy(figure)}. ${figure.behind ?? ''}`.trimEnd());
  return ['## Where we are behind', '', ...told, ''];
}

function row(figure: Figure): string {
  const { name, unit, measured, asked, note = '' } = figure;
  const goal = asked ? `${asked.is} ${asked.value}` : '–';
  return `| ${name} | ${shown(measured)} ${unit} | ${goal} | ${verdict(figure)} | ${note} |`;
}

/** Kept, or by how much it is missed. */
function verdict(figure: Figure): string {
  if (!figure.asked) return '–';
  return isKept(figure) ? 'yes' : `no: ${missedBy(figure)}`;
}

function missedBy({ measured, asked }: Figure): string {
  return asked && asked.value !== 0
    ? `${(measured / asked.value).toFixed(2)} × asked`
    : `${shown(measured)} where none is asked`;
}

export const shown = (value: number) =>
  Number.isInteger(value) ? String(value) : value >= 100 ? value.toFixed(0) : value.toFixed(3);
