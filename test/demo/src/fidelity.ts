import { AppError } from '@holdfast/kernel';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Difference } from './compare.js';

/** One field of one kind that Microsoft's interface cannot carry. */
export interface FidelityEntry {
  readonly kind: string;
  readonly field: string;
  readonly what: string;
  readonly source: string;
}

/** What docs/fidelity.md declares. */
export async function readFidelity(): Promise<FidelityEntry[]> {
  return parseFidelity(await readFile(resolve(import.meta.dirname, '../../../docs/fidelity.md'), 'utf8'));
}

/** The table of docs/fidelity.md; an entry without a field, or without a source, is refused. */
export function parseFidelity(markdown: string): FidelityEntry[] {
  const rows = markdown.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) => {
    const cells = row.split('|').slice(1, -1);
    const [kind = '', field = '', what = '', source = ''] = cells.map((cell) => cell.trim().replaceAll('`', ''));
    const isOneField = /^[\w.$@[\]-]+$/.test(field) && field !== 'content';
    if (cells.length === 4 && kind !== '' && isOneField && what !== '' && source !== '')
      return { kind, field, what, source };
    throw new AppError(
      'INVALID_CONFIG',
      `docs/fidelity.md: an entry has to be kind, field, what happens and source, and never a whole item or its content: ${row}`,
    );
  });
}

export interface Verdict {
  /** Count by entry, in the order of the document; entries that nothing met are left out. */
  readonly declared: readonly { readonly entry: FidelityEntry; readonly count: number }[];
  readonly undeclared: readonly Difference[];
}

/** Which differences were declared beforehand, and which are faults. */
export function judge(differences: readonly Difference[], entries: readonly FidelityEntry[]): Verdict {
  const entryOf = ({ kind, field }: Difference) =>
    entries.find((entry) => entry.kind === kind && entry.field === field);
  const counts = new Map<FidelityEntry, number>();
  const undeclared: Difference[] = [];
  for (const difference of differences) {
    const entry = entryOf(difference);
    if (entry) counts.set(entry, (counts.get(entry) ?? 0) + 1);
    else undeclared.push(difference);
  }
  const declared = entries.flatMap((entry) => {
    const count = counts.get(entry);
    return count === undefined ? [] : [{ entry, count }];
  });
  return { declared, undeclared };
}
