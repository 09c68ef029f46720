import { parseArgs } from 'node:util';
import { isKept, type Measured } from './figure.js';
import { measureDrive } from './service/measure-drive.js';
import { measureMail } from './service/measure-mail.js';
import type { LimitKind } from './budgets/run-scenario.js';
import { KINDS, measureBudgets } from './budgets/measure-budgets.js';
import { measureVault } from './vault/measure-vault.js';
import { shown, writeTable } from './write-table.js';

const USAGE = `Usage: pnpm bench [--only vault,mail,drive,budgets] [--scale N] [--pairs N] [--limits KIND,…] [--json]

Measures what docs/benchmarks.md lists and writes it there. --scale 1 (default) is a corpus of 3 GB and 16,000 messages. --limits
takes ${KINDS.join(', ')} (default: all, one after the other): how the simulator counts what budgets measures.`;

const tell = (line: string) => void process.stderr.write(`${line}\n`);

interface Extent {
  readonly scale: number;
  readonly pairs: number;
  readonly kinds: readonly LimitKind[];
}

const parts: Readonly<Record<string, (extent: Extent) => Promise<Measured>>> = {
  vault: ({ scale, pairs }) => measureVault({ scale, pairs, tell }),
  mail: ({ scale }) => measureMail({ users: 8, messages: Math.max(20, Math.round(2_000 * scale)), tell }),
  drive: ({ scale }) => measureDrive({ users: 8, files: Math.max(10, Math.round(500 * scale)), tell }),
  budgets: ({ scale, kinds }) => measureBudgets({ users: Math.max(4, Math.round(100 * scale)), kinds, tell }),
};

const options = {
  only: { type: 'string' },
  scale: { type: 'string', default: '1' },
  pairs: { type: 'string', default: '5' },
  limits: { type: 'string', default: KINDS.join(',') },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

async function main(): Promise<void> {
  const { values } = parseArgs({ options });
  const [scale, pairs] = [Number(values.scale), Number(values.pairs)];
  const chosen = values.only?.split(',') ?? Object.keys(parts);
  const named = values.limits.split(',');
  const kinds = KINDS.filter((kind) => named.includes(kind));
  const isUnknown = chosen.some((name) => !Object.hasOwn(parts, name)) || kinds.length < named.length;
  const isWrong = !(scale > 0) || !(pairs >= 1) || isUnknown;
  if (values.help || isWrong) {
    tell(USAGE);
    process.exitCode = isWrong ? 2 : 0;
    return;
  }
  const measured: Measured[] = [];
  for (const name of chosen) {
    const part = parts[name];
    if (part) measured.push(await part({ scale, pairs, kinds }));
  }
  const all = {
    figures: measured.flatMap(({ figures }) => figures),
    skipped: measured.flatMap(({ skipped = [] }) => skipped),
  };
  await writeTable(all);
  if (values.json) process.stdout.write(`${JSON.stringify(all)}\n`);
  else for (const figure of all.figures) process.stdout.write(`${line(figure)}\n`);
}

function line(figure: Measured['figures'][number]): string {
  const { name, unit, measured, asked } = figure;
  const goal = asked ? ` (asked ${asked.is} ${asked.value}: ${isKept(figure) ? 'kept' : 'missed'})` : '';
  return `${name}: ${shown(measured)} ${unit}${goal}`;
}

await main();
