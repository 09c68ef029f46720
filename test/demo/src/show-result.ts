import type { DemoResult } from './run-demo.js';
import { bytesText, printTable } from './print-table.js';
import type { Step } from './step.js';

const HEAD = ['step', 'items', 'bytes', 'stored', 'ratio', 'requests', 'per item', 'seconds', 'differences'];
const SHOWN_DIFFERENCES = 10;

/** The whole run as people read it. */
export function resultText({ steps, verdict }: DemoResult): string {
  const { declared, undeclared } = verdict;
  const counts = declared.map(({ entry, count }) => [`${entry.kind}.${entry.field}`, `${count}`]);
  const faults = undeclared
    .slice(0, SHOWN_DIFFERENCES)
    .map(
      ({ userId, kind, field, key, was, is }) =>
        `  ${kind}.${field} of ${key} (user ${userId}): ${show(was)} → ${show(is)}`,
    );
  return [
    printTable(HEAD, steps.map(rowOf)),
    '',
    printTable(['differences declared in docs/fidelity.md', 'count'], counts),
    '',
    undeclared.length === 0
      ? 'The tenant is as it was.'
      : [`${undeclared.length} differences that docs/fidelity.md does not name:`, ...faults].join('\n'),
  ].join('\n');
}

function rowOf({ name, items, bytes, storedBytes, requests, seconds, differences }: Step): string[] {
  return [
    name,
    `${items}`,
    bytesText(bytes),
    storedBytes === undefined ? '' : bytesText(storedBytes),
    storedBytes === undefined || bytes === 0 ? '' : (storedBytes / bytes).toFixed(2),
    `${requests}`,
    items === 0 ? '' : (requests / items).toFixed(2),
    seconds.toFixed(1),
    differences === undefined ? '' : `${differences}`,
  ];
}

function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** The whole run as one line for programs; `seconds` is all of it, start-up included. */
export function resultJson(
  { steps, verdict }: DemoResult,
  run: { readonly seconds: number; readonly seed: number },
): string {
  const backups = steps.filter(({ storedBytes }) => storedBytes !== undefined);
  const sum = (of: readonly Step[], field: 'items' | 'bytes' | 'requests') =>
    of.reduce((total, step) => total + step[field], 0);
  return JSON.stringify({
    items: sum(backups, 'items'),
    bytes: sum(backups, 'bytes'),
    storedBytes: backups.reduce((total, { storedBytes = 0 }) => total + storedBytes, 0),
    requests: sum(steps, 'requests'),
    seconds: run.seconds,
    differences: verdict.undeclared.length,
    declared: verdict.declared.reduce((total, { count }) => total + count, 0),
    declaredByField: Object.fromEntries(
      verdict.declared.map(({ entry, count }) => [`${entry.kind}.${entry.field}`, count]),
    ),
    firstDifferences: verdict.undeclared.slice(0, SHOWN_DIFFERENCES),
    seed: run.seed,
    steps,
  });
}
